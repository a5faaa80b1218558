"""The sentences of ours that stand in the records, or in what comes of them, and are said anew in other languages."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # what is wrong with a file
    "The file is empty: nothing was written into it. Export it again.",
    "The file ends before the picture does: it was not written or copied completely. Export or copy it again.",
    "Parts of the file hold nothing: either it was not copied completely, or a copy left its zeros out. If it"
    " looks whole when you open it, `folder-sync retry PHOTO` delivers it as it is; else export it again.",
    "The file is damaged and can't be opened as {format}. Export it again, and check that it looks whole; if that does"
    " not help, open the picture and save it again.",
    "A text inside the picture unpacks to more than 1 MB, and programs refuse to open that. Save the picture again"
    " without comments and metadata.",
    "The file consists of more tiny parts than any program writes. Export it again, and check that it looks whole.",
    "The file is {format} and {thing} in one. Open the picture and export it again.",
    "The file is {size} MB; at most {limit} MB are allowed. Export it smaller or with stronger compression.",
    "The picture is {width} × {height} pixels; at most {limit} million pixels are allowed. Export it smaller.",
    "This is {thing}, but it is named as {format} (.{ending}). Rename it to end in .{right}, or export it again as"
    " {again}.",
    "This is {thing}, but it is named as {format} (.{ending}). Export it again as {again}.",
    "This is not a picture of any kind known here, though it is named as {format} (.{ending}). Export it again as"
    " {again}.",
    'The drawing contains {thing}. In Illustrator, save it without "Preserve Illustrator Editing Capabilities", or'
    " export the picture as a PNG.",
    "The drawing contains {thing}. Remove that, or export the picture as a PNG.",
    "The drawing has a part of more than {limit} MB, probably an embedded photo. Embed a smaller one, or export the"
    " picture as a PNG.",
    "{file} can't be read: Permission denied. Check the permissions of the file, or export it again.",
    "{file} can't be read: Input/output error. Check the permissions of the file, or export it again.",
    "{file} is a link that leads nowhere. Put the photo itself there.",
    "{file} is a link that leads out of the watched folder. Put the photo itself there.",
    "{file} is not a file. Remove it, or put the photo itself there.",
    # what a photo should be
    "The picture is {width} × {height} pixels; {limit} on the longer side are wanted. Export it larger.",
    "The picture is in CMYK. Export it in sRGB with 8 bits.",
    "The picture has {bits} bits a colour. Export it in sRGB with 8 bits.",
    'The picture is in the colours of "{profile}". Export it in sRGB with 8 bits.',
    "The picture is in the colours of another kind of screen. Export it in sRGB with 8 bits.",
    "{share} % of the picture's edge is white or transparent; of a hero it should be {limit} %.",
    "Only a note in the file turns the picture, and not every shop heeds it. Export it upright.",
    "The file tells where it was taken. Export it without the location.",
    "The file is {size} MB; {limit} MB at most are wanted. Export it with stronger compression.",
    "The picture moves. Export a single frame.",
    "The barcode in the picture is {found}, and the name says {said}. Check whether it shows the right product.",
    'The same picture is delivered for {gtin}, as "{file}". Check which product it shows.',
    # what became of it
    'This is an older version of "{file}", which was replaced since. `folder-sync retry` delivers it after all.',
    "The catalogue does not know this GTIN yet. The service checks again from time to time.",
    "An image of this product could be this photo: neither the bytes nor the time can tell. Look at the product in the"
    " catalogue; then `folder-sync retry` uploads it once more.",
    "{number} images of this product could be this photo: neither the bytes nor the time can tell. Look at the product"
    " in the catalogue; then `folder-sync retry` uploads it once more.",
    "Something between here and Closient refuses this photo (status {status}), and not others. Ask whoever runs the"
    " proxy or firewall; then `folder-sync retry` sends it again.",
    # steps
    "image {id}",
    "image {id} holds our bytes",
    'moved to "{place}"',
    "replaced by photo {photo}",
    "retried by the operator",
    "the catalogue does not have it; asked again later, to be sure",
    "the catalogue does not have it, asked twice: it is sent again",
    "the catalogue does not know this product now; asked again from time to time",
    "the catalogue has its image still; the photo stands here again",
    "the file is back",
    "the file is back where it came from",
    "the file is deleted",
    "the file went away",
    "its folder is no longer watched",
    "its image is gone from the catalogue: it is looked for there, and then sent again",
    "its image is there still, and is deleted",
    "the service ended while this was being sent",
    # why something is paused
    "Closient does not accept the API key.",
    "The request limit of the API key is used up.",
    "{folder} is empty, although photos should be in it. Is it mounted?",
    # what can't be converted
    "Converting it takes more than {seconds} seconds. Export it smaller, or as JPEG.",
    "The picture has so many pixels that converting it would take more than 1 GB of memory. Export it smaller, or"
    " as JPEG.",
    "Converted, it is larger than {limit} MB. Export it smaller, or set convert.max_pixels.",
    "The file is damaged or ends too early, and can't be converted. Export it again, and check that it looks whole.",
    "The picture is in CMYK without a profile, so that nobody knows its colours. Export it in sRGB, or with its"
    " profile.",
    "The Photoshop document holds no picture that other programs can show. Save it again with Maximise"
    " Compatibility, or export it as JPEG.",
    "Pictures of this kind can't be converted. Export it as JPEG, in sRGB with 8 bits.",
    "The file has several pages; the first one is delivered. Export the others as files of their own.",
    # what a name says
    'The title begins with "{flag}", but the photo is not the hero. If it is to be, set {primary} apart by two'
    " underscores.",
    "Files whose name starts with a dot are hidden files, not photos.",
    "The computer keeps this file for itself.",
    "The name is that of a backup copy or of a file still being written.",
    "Raw files are not uploaded, only the photos exported from them.",
    "Files of this kind lie beside photos and are not uploaded.",
    # what became of it, more
    "it stands here again",
    'renamed from "{old}" to "{new}"',
    'the same photo as "{file}" (photo {photo})',
    "It stands in place of photo {photo}.",
    "the clock was set back; it waits no longer for that",
    "how sending it ended could not be recorded",
    'the file "{file}" went away or was replaced; the same photo stands at "{place}"',
    "photo {photo} has this image, too; it is deleted once that photo is there",
    "image {id} adopted by title and time: its bytes were re-encoded",
    "image {id} adopted by title and time: its bytes could not be compared",
    "found in the catalogue: image {id} holds these bytes",
    "found in the catalogue by its title: the bytes of image {id} could not be compared",
    "tried again",
    "looked up again",
    "image {id} deleted on the server",
    "its image was not deleted: {why}",
    "The file has changed since it was queued. Nothing was uploaded.",
    "The file can't be read: {why}. Check the disk or the share.",
    "The file can't be converted: {why}. Check the disk.",
    "What became of it could not be recorded, so it was not sent to its end.",
    # what Closient answered, or what came instead
    "Closient does not accept the API key: {said}.",
    "Closient does not accept the API key. If it was revoked, create a new one in Closient and put it into the key"
    " file.",
    "Closient does not accept the API key: {said}. If it was revoked, create a new one in Closient and put it into"
    " the key file.",
    "Closient does not allow this with the API key.",
    "Closient does not allow this with the API key: {said}.",
    "Closient does not allow this with the API key. Its role must be Owner, Manager or Editor, and the product"
    " must be the organization's own.",
    "Closient does not allow this with the API key: {said}. Its role must be Owner, Manager or Editor, and the"
    " product must be the organization's own.",
    "The request limit of the API key is used up. Uploads resume automatically once there is room again.",
    "The file is larger than Closient accepts. Export the photo smaller.",
    "The file is larger than Closient accepts: {said}. Export the photo smaller.",
    "Closient refused the request ({status}).",
    "Closient refused the request ({status}): {said}.",
    "Closient answered with status {status}.",
    "Closient answered with status {status}: {said}.",
    "Closient answered with status {status}. Check base_url in the configuration.",
    "Closient answered with status {status}: {said}. Check base_url in the configuration.",
    "Closient answered before it had the whole photo.",
    "Something between here and Closient answered {status}, not Closient itself.",
    "Something between here and Closient answered {status}, not Closient itself. Look at the proxy or firewall on"
    " the way, and at base_url in the configuration.",
    "{host} does not speak https at this port.",
    "{host} does not speak https at this port. Check base_url in the configuration.",
    "No connection to {host}: {why}.",
    "No connection to {host}: {why}. It will be retried automatically; check the network.",
    "The answer of {host} was lost: {why}.",
    "The connection to {host} broke: {why}.",
    "The connection to {host} broke: {why}. It will be retried automatically.",
    "The key belongs to no organization.",
    "The key belongs to {number} organizations: set organization_id for account {account}.",
    'The records of the account "{account}" belong to organization {id}, the key to {others}. Use a key of {own},'
    " or a new name for the account.",
    "Several products in a row belong to somebody else: is this the right key?",
    # why a folder is paused
    "{folder} is watched by another folder-sync, process {pid}, which keeps records of its own. Stop one of the two.",
    "{folder} is watched by another folder-sync, on {host} (process {pid} there), which keeps records of its own."
    " Stop one of the two.",
    "{folder} lacks the mark of those that have taken it in. Is it mounted, here and there?",
    "{folder} does not answer. Look at the server, or at the network; it resumes by itself.",
    "What was mounted at {place} is no longer mounted. Mount it again.",
    "{folder} can't be watched: it needs 1 watch, and fewer of this user's {now} are free. Set the sysctl"
    ' fs.inotify.max_user_watches to {enough} or more, or set backend = "polling" for this folder.',
    "{folder} can't be watched: it needs {number} watches, and fewer of this user's {now} are free. Set the sysctl"
    ' fs.inotify.max_user_watches to {enough} or more, or set backend = "polling" for this folder.',
    "{folder} can't be watched: this user's {now} inotify instances (or this program's files) are all in use. Set the"
    " sysctl fs.inotify.max_user_instances to {enough} or more, or allow more open files, or set"
    ' backend = "polling" for this folder.',
    "Photos in {folder} can't be seen: the service may not read it. Let its user read and enter it; it resumes by"
    " itself.",
    "The watched folder {folder} is not there. Create it, or mount it.",
    "{folder} is not a folder. Correct its path in the configuration.",
    "The watched folder {folder} may not be read. Give the user that runs folder-sync the right to read it.",
    "The watched folder {folder} can't be read: {why}. Check the disk, or the network if it is on a server.",
    # what is wrong with the products file
    "The products file {file} is not there.",
    "The products file {file} is a folder.",
    "The products file {file} can't be read.",
    "The products file {file} has more than {limit} MB.",
    "The products file {file} is not UTF-8, at line {line}.",
    # what is wrong with the database, and what to do
    "There is no database at {file}.",
    "It is made by the first `folder-sync run` or `sync`.",
    "There are no records in {name}.",
    "They are made by the first `folder-sync run` or `sync`.",
    "{file} is not a database of folder-sync.",
    "Set store.url to another place, or move it away.",
    "The database {name} is damaged.",
    "The next `folder-sync run` or `sync` sets it aside and recognises what is in the catalogue already.",
    "The disk of the database {name} is full.",
    "Make room; nothing is forgotten.",
    "The database {name} is locked by another program.",
    "Close that program, then try again.",
    "The database {name} can't be written.",
    "Check who owns it, and whether its disk is read-only.",
    "The database {name} can't be used: {why}.",
    "Check the disk and the permissions.",
    "The database {name} is still that of folder-sync {version}; this is {own}.",
    "Restart the service: `folder-sync run` or `sync` brings it up to date.",
    "The database {name} was written by folder-sync {version}, which is newer than this one ({own}).",
    "Use that version, or go back to a backup from before it.",
    "The database was written by folder-sync {version}, which is newer than this one ({own}).",
    "Use that version.",
    "The database {name} does not answer in time.",
    "See what keeps it busy; this is tried again.",
    "The database {name} can't be reached: {why}.",
    "Check the server and the network.",
    "The database {name} can't be written: {why}.",
    "Check the rights of its role.",
    "The database {name} refuses this role: {why}.",
    "Check its password and pg_hba.conf.",
    "The database {name} is not there: {why}.",
    "Make it, as docs/postgresql.md says.",
    "The database {name} has not noticed yet that a connection was lost.",
    "It will within half a minute.",
)
"""In English, as they are written. What stands in places: ``THINGS`` for ``{thing}``, a format, or anything."""

THINGS: Final = (
    "a JPEG",
    "a PNG",
    "a GIF",
    "a WebP",
    "an SVG",
    "a BMP",
    "a TIFF",
    "a HEIC",
    "an AVIF",
    "a PDF",
    "an EPS",
    "a JPEG XL",
    "a JPEG 2000",
    "a Photoshop document",
    "a Canon raw file",
    "a ZIP archive",
    "a compressed file",
    "an icon file",
    "a text file",
    "a web page",
    "a video",
    "a sound or video file",
    "a web page, a document or a program",
    "a script",
    "a piece of a web page",
    "an animated link",
    "an animated script",
    "a link to another file in its first lines",
    "shortcuts for text (XML entities) in its first lines",
    "a link to a style sheet outside of it",
    "a link to something outside of it",
    "a style that loads something from outside of it",
    "something embedded that is neither a pixel picture nor a font",
)
"""What a file or a drawing turned out to be, or to hold; perhaps with more in brackets, which stays as it is."""
