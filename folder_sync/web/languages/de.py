"""German. Keys are the English sentences of the templates and pages; ``{…}`` stand in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    # around every page
    "Skip to the content": "Zum Inhalt",
    "This page can't be updated just now, and what it shows may be old. It keeps trying.": (
        "Diese Seite lässt sich gerade nicht aktualisieren; was sie zeigt, kann veraltet sein. Sie versucht es weiter."
    ),
    "You are signed out. Load the page again to sign in.": (
        "Du bist abgemeldet. Lade die Seite neu, um dich wieder anzumelden."
    ),
    "What this page shows is not there any more.": "Was diese Seite zeigt, gibt es nicht mehr.",
    "Pages": "Seiten",
    "Today": "Heute",
    "Photos": "Fotos",
    "Products": "Produkte",
    "Activity": "Verlauf",
    "Names": "Namen",
    "Find photos": "Fotos suchen",
    "GTIN, title or file name": "GTIN, Titel oder Dateiname",
    "Times are those of the machine it runs on ({zone}).": "Zeiten sind die des Rechners, auf dem es läuft ({zone}).",
    "For the wall": "Für die Wand",
    "Sign out": "Abmelden",
    "Sign in": "Anmelden",
    "Password": "Passwort",
    "That is not the password.": "Das ist nicht das Passwort.",
    "Too many wrong passwords. Wait {n} seconds.": "Zu viele falsche Passwörter. Bitte {n} Sekunden warten.",
    # how things stand
    "The service is not running.": "Der Dienst läuft nicht.",
    "Photos are kept, and go as soon as it runs again. Ask whoever looks after it.": (
        "Fotos gehen nicht verloren: Sie werden hochgeladen, sobald er läuft. Bitte melden, wer ihn betreut."
    ),
    "{n} photo needs you.": "{n} Foto braucht dich.",
    "{n} photos need you.": "{n} Fotos brauchen dich.",
    "Something is paused.": "Etwas ist angehalten.",
    "{n} photo is on its way.": "{n} Foto ist unterwegs.",
    "{n} photos are on their way.": "{n} Fotos sind unterwegs.",
    "{n} photo waits for its product.": "{n} Foto wartet auf sein Produkt.",
    "{n} photos wait for their products.": "{n} Fotos warten auf ihre Produkte.",
    "The one photo is in the catalogue.": "Das eine Foto ist im Katalog.",
    "All {n} photos are in the catalogue.": "Alle {n} Fotos sind im Katalog.",
    "No photos yet.": "Noch keine Fotos.",
    "Everything on its way will be there by about {time}.": "Was unterwegs ist, ist bis etwa {time} Uhr da.",
    "Everything on its way will be there on {date} by about {time}.": (
        "Was unterwegs ist, ist am {date} bis etwa {time} Uhr da."
    ),
    "The last upload was today at {time}.": "Zuletzt hochgeladen: heute um {time} Uhr.",
    "The last upload was on {date} at {time}.": "Zuletzt hochgeladen: am {date} um {time} Uhr.",
    "need you": "brauchen dich",
    "on their way": "unterwegs",
    "wait for their product": "warten auf ihr Produkt",
    "in the catalogue": "im Katalog",
    "uploaded today": "heute hochgeladen",
    "Needs you": "Braucht dich",
    "All {n}": "Alle {n}",
    "Newest in the catalogue": "Neu im Katalog",
    "Nothing yet.": "Noch nichts.",
    "Nothing. Well done.": "Nichts. Gut gemacht.",
    "Next try": "Nächster Versuch",
    "Try again": "Noch einmal",
    "Hero": "Hauptbild",
    "Hero now": "Jetzt Hauptbild",
    "Shot": "Aufnahme",
    "Not taken in yet": "Noch nicht aufgenommen",
    "is still being written": "wird noch geschrieben",
    "is not complete yet": "ist noch nicht vollständig",
    "can't be read right now": "ist gerade nicht lesbar",
    "is looked at next": "kommt als Nächstes dran",
    "{n} photo has remarks": "{n} Foto hat Anmerkungen",
    "{n} photos have remarks": "{n} Fotos haben Anmerkungen",
    "Pixels": "Pixel",
    # remarks
    "The picture is small. Export it larger.": "Das Bild ist klein. Bitte größer exportieren.",
    "The colours are not sRGB with 8 bits. Export it that way.": (
        "Die Farben sind nicht sRGB mit 8 Bit. Bitte so exportieren."
    ),
    "The background of the hero is not white.": "Der Hintergrund des Hauptbilds ist nicht weiß.",
    "Only a note in the file turns the picture. Export it upright.": (
        "Nur ein Vermerk in der Datei dreht das Bild. Bitte aufrecht exportieren."
    ),
    "The file tells where it was taken. Export it without the location.": (
        "Die Datei verrät den Aufnahmeort. Bitte ohne Ort exportieren."
    ),
    "The file is heavy. Export it with stronger compression.": (
        "Die Datei ist groß. Bitte mit stärkerer Kompression exportieren."
    ),
    "The picture is animated. Export a single frame.": "Das Bild bewegt sich. Bitte ein Einzelbild exportieren.",
    "The barcode in the picture is that of another product.": (
        "Der Strichcode im Bild gehört zu einem anderen Produkt."
    ),
    "The same picture is delivered for another product.": "Dasselbe Bild ist für ein anderes Produkt geliefert.",
    # quota and folders
    "Quota and folders": "Kontingent und Ordner",
    "Quota": "Kontingent",
    "Account": "Konto",
    "Per": "Je",
    "minute": "Minute",
    "hour": "Stunde",
    "day": "Tag",
    "{n} seconds": "{n} Sekunden",
    "Requests left": "Anfragen übrig",
    "Refills": "Füllt sich",
    "Folders": "Ordner",
    "Folder": "Ordner",
    "Machines": "Rechner",
    "is running": "läuft",
    "is not running": "läuft nicht",
    "is silent": "meldet sich nicht",
    "Photos in its folders wait: start it again, or a service by that name elsewhere.": (
        "Fotos in seinen Ordnern warten: Bitte wieder starten, oder anderswo einen Dienst mit diesem Namen."
    ),
    "Since {time}, version {version}.": "Seit {time}, Version {version}.",
    "Takes in {folders}.": "Nimmt {folders} auf.",
    "Last heard from at {time}.": "Zuletzt gehört um {time}.",
    "Nothing is heard from it, and photos in its own folders wait.": (
        "Er meldet sich nicht, und Fotos in seinen eigenen Ordnern warten."
    ),
    "watched": "beobachtet",
    "paused": "angehalten",
    "It is looked through every {n} seconds.": "Er wird alle {n} Sekunden durchgesehen.",
    "Last proven at {time}.": "Zuletzt bestätigt: {time}.",
    "No folder is being watched now.": "Gerade wird kein Ordner beobachtet.",
    "Account {name} is paused": "Konto {name} ist angehalten",
    "Account {name}: Closient can't be reached": "Konto {name}: Closient ist nicht erreichbar",
    "Account {name}: its quota is used up": "Konto {name}: Das Kontingent ist aufgebraucht",
    "Folder {name} is paused": "Ordner {name} ist angehalten",
    # photos
    "waits its turn": "bald an der Reihe",
    "Wait for their product": "Warten auf ihr Produkt",
    "being sent": "wird gesendet",
    "being checked": "wird geprüft",
    "product not known yet": "Produkt noch unbekannt",
    "needs you": "braucht dich",
    "a copy": "eine Kopie",
    "the file is gone": "Datei ist weg",
    "replaced": "ersetzt",
    "moved": "verschoben",
    "The answer to its upload was lost. The catalogue is asked whether it has arrived.": (
        "Die Antwort auf das Hochladen ging verloren. Der Katalog wird gefragt, ob das Foto angekommen ist."
    ),
    "The same picture of this product is there or on its way already.": (
        "Dasselbe Bild dieses Produkts ist schon da oder unterwegs."
    ),
    "The file went away before it was uploaded. Put it back, and it goes.": (
        "Die Datei war weg, bevor sie hochgeladen wurde. Bitte zurücklegen, dann geht sie."
    ),
    "A newer version has taken its place.": "Eine neuere Version hat es ersetzt.",
    "Photo {n}": "Foto {n}",
    "Copy the right name": "Richtigen Namen kopieren",
    "with remarks": "mit Anmerkungen",
    "Machine": "Rechner",
    "Since": "Seit",
    "Until": "Bis",
    "all": "alle",
    "Find": "Suchen",
    "As a table": "Als Liste",
    "As pictures": "Als Bilder",
    "Try all of these again": "Alle diese noch einmal",
    "What can't be tried again says why.": "Was nicht geht, sagt warum.",
    "{n} new": "{n} neu",
    "{n} gone from this list": "{n} nicht mehr in dieser Liste",
    "No photo matches.": "Kein Foto passt dazu.",
    "This page has not looked through all of them yet. “Older” continues.": (
        "Bis hierher hat diese Seite gesucht. „Ältere“ sucht weiter."
    ),
    "Newest": "Neueste",
    "Older": "Ältere",
    "Download:": "Herunterladen:",
    "All": "Alle",
    "Past": "Vergangen",
    "Photos with remarks": "Fotos mit Anmerkungen",
    "Photos with remarks, with “{text}”": "Fotos mit Anmerkungen, mit „{text}“",
    "Photos with “{text}”": "Fotos mit „{text}“",
    "There is no such state of a photo.": "Diesen Zustand eines Fotos gibt es nicht.",
    "Choose one of those above the list.": "Bitte einen von denen über der Liste wählen.",
    "Only the first {n} are looked at.": "Nur die ersten {n} werden angesehen.",
    "Only photos that stopped can be tried again.": "Noch einmal geht es nur für Fotos, die stehen geblieben sind.",
    "Choose those that need you, or wait.": "Bitte die wählen, die dich brauchen oder warten.",
    "2026-11-01, 3d": "01.11.2026, 3d",
    "This time is not understood.": "Diese Zeit ist nicht verständlich.",
    "Write a date (2026-11-23), a time (2026-11-23 16:30), or how long ago (3d, 12h).": (
        "Ein Datum (23.11.2026), eine Zeit (23.11.2026 16:30) oder wie lange her (3d, 12h)."
    ),
    "{n} photo is tried again.": "{n} Foto wird noch einmal versucht.",
    "{n} photos are tried again.": "{n} Fotos werden noch einmal versucht.",
    # what came of another try
    "“{name}” is tried again.": "„{name}“ wird noch einmal versucht.",
    "“{name}” can't go under this name. Rename the file: that starts it again.": (
        "„{name}“ geht unter diesem Namen nicht. Bitte die Datei umbenennen: Dann geht es von selbst weiter."
    ),
    "“{name}” is being sent right now.": "„{name}“ wird gerade gesendet.",
    "“{name}” may be there already. The catalogue is asked before anything is sent again.": (
        "„{name}“ ist vielleicht schon da. Bevor etwas noch einmal gesendet wird, wird der Katalog gefragt."
    ),
    "“{name}” is in the catalogue. To send it again, change the file.": (
        "„{name}“ ist im Katalog. Um es noch einmal zu senden, bitte die Datei ändern."
    ),
    "“{name}” is the same as a photo that is on its way or in the catalogue.": (
        "„{name}“ ist dasselbe wie ein Foto, das unterwegs oder im Katalog ist."
    ),
    "“{name}” was replaced by a newer version.": "„{name}“ wurde durch eine neuere Fassung ersetzt.",
    "“{name}” was replaced since by a newer version.": "„{name}“ wurde inzwischen durch eine neuere Fassung ersetzt.",
    "“{name}” has just changed. Look again.": "„{name}“ hat sich eben geändert. Bitte noch einmal ansehen.",
    "“{name}” was put away. Move it into the watched folder again: that starts it.": (
        "„{name}“ wurde weggeräumt. Bitte wieder in den beobachteten Ordner legen: Dann geht es los."
    ),
    "“{name}” is not there any more. Put the file back: that starts it again.": (
        "„{name}“ ist nicht mehr da. Bitte die Datei zurücklegen: Dann geht es weiter."
    ),
    "{n} can't go under their names. Rename the files: that starts them again.": (
        "{n} gehen unter ihren Namen nicht. Bitte die Dateien umbenennen: Dann geht es von selbst weiter."
    ),
    "{n} are being sent right now.": "{n} werden gerade gesendet.",
    "{n} may be there already. The catalogue is asked before anything is sent again.": (
        "{n} sind vielleicht schon da. Bevor etwas noch einmal gesendet wird, wird der Katalog gefragt."
    ),
    "{n} are in the catalogue.": "{n} sind im Katalog.",
    "{n} are the same as photos that are on their way or in the catalogue.": (
        "{n} sind dasselbe wie Fotos, die unterwegs oder im Katalog sind."
    ),
    "{n} were replaced by newer versions.": "{n} wurden durch neuere Fassungen ersetzt.",
    "{n} were replaced since. Asked for alone, such a photo is delivered after all.": (
        "{n} wurden inzwischen ersetzt. Einzeln verlangt, wird so ein Foto doch geliefert."
    ),
    "{n} have just changed. Look again.": "{n} haben sich eben geändert. Bitte noch einmal ansehen.",
    "{n} were put away. Move them into the watched folder again: that starts them.": (
        "{n} wurden weggeräumt. Bitte wieder in den beobachteten Ordner legen: Dann geht es los."
    ),
    "{n} are not there any more. Put the files back: that starts them again.": (
        "{n} sind nicht mehr da. Bitte die Dateien zurücklegen: Dann geht es weiter."
    ),
    # one photo
    "File": "Datei",
    "Caption": "Bildtitel",
    "Image": "Bild",
    "Image id": "Bild-ID",
    "Image removed": "Bild entfernt",
    "Replaced": "Ersetzt",
    "SHA-256 as sent": "SHA-256 wie gesendet",
    "Copy": "Kopieren",
    "Copied": "Kopiert",
    "Uploaded": "Hochgeladen",
    "First seen": "Zuerst gesehen",
    "Size": "Größe",
    "{n} MB": "{n} MB",
    "{n} KB": "{n} KB",
    "{n} bytes": "{n} Bytes",
    "Attempts": "Versuche",
    "Versions of this file": "Fassungen dieser Datei",
    "History": "Verlauf dieses Fotos",
    "Closient refused it.": "Closient hat es abgelehnt.",
    "The name can't be read. Put the GTIN first and two underscores between the parts.": (
        "Der Name ist nicht lesbar. Zuerst die GTIN, und zwei Unterstriche zwischen den Teilen."
    ),
    "The number is not a GTIN. Compare it with the one on the product.": (
        "Die Nummer ist keine GTIN. Bitte mit der auf dem Produkt vergleichen."
    ),
    "A part of the name is neither the caption nor “primary”.": (
        "Ein Teil des Namens ist weder der Bildtitel noch „primary“."
    ),
    "The caption is too long. 255 characters are the most.": "Der Bildtitel ist zu lang. Höchstens 255 Zeichen.",
    "Files of this kind can't go. Export the photo as JPEG.": (
        "Diese Art von Datei geht nicht. Bitte als JPEG exportieren."
    ),
    "The ending says one format and the content is another. Export it again.": (
        "Die Endung nennt ein Format, der Inhalt ist ein anderes. Bitte neu exportieren."
    ),
    "The file is empty. Export it again.": "Die Datei ist leer. Bitte neu exportieren.",
    "The file ends before the picture does. Copy or export it again.": (
        "Die Datei endet vor dem Bild. Bitte neu kopieren oder exportieren."
    ),
    "The file is damaged. Export it again.": "Die Datei ist beschädigt. Bitte neu exportieren.",
    "The file is too large. Export it smaller.": "Die Datei ist zu groß. Bitte kleiner exportieren.",
    "The drawing holds something that acts or loads. Export it as PNG.": (
        "Die Zeichnung enthält etwas, das handelt oder nachlädt. Bitte als PNG exportieren."
    ),
    "The file can't be read. Ask whoever runs the service.": (
        "Die Datei ist nicht lesbar. Bitte fragen, wer den Dienst betreut."
    ),
    "It is a link to somewhere else. Put the photo itself there.": (
        "Es ist eine Verknüpfung nach anderswo. Bitte das Foto selbst hinlegen."
    ),
    "The catalogue does not know this product yet. Once it does, the photo goes by itself.": (
        "Der Katalog kennt dieses Produkt noch nicht. Sobald er es kennt, geht es von selbst."
    ),
    "The name is that of a copy which a computer made. Name it for what it shows.": (
        "Der Name ist der einer Kopie, die ein Rechner angelegt hat. Bitte nach dem benennen, was das Foto zeigt."
    ),
    "It is a version that was replaced. “Try again” delivers it after all.": (
        "Es ist eine Fassung, die ersetzt wurde. „Noch einmal“ liefert sie doch."
    ),
    "The products file does not have this SKU. Once it does, the photo goes by itself.": (
        "Die Produktdatei kennt diese SKU nicht. Sobald sie sie kennt, geht es von selbst."
    ),
    "The shot list does not have this code.": "Die Aufnahmeliste kennt diesen Code nicht.",
    "A GTIN has 8, 12, 13 or 14 digits; “{digits}” has {n}.": (
        "Eine GTIN hat 8, 12, 13 oder 14 Ziffern; „{digits}“ hat {n}."
    ),
    "“{digits}” is all zeros: no product has that GTIN.": (
        "„{digits}“ besteht nur aus Nullen: Diese GTIN hat kein Produkt."
    ),
    "“{digits}” is not a GTIN: its last digit would have to be {right}, or another digit is wrong.": (
        "„{digits}“ ist keine GTIN: Die letzte Ziffer müsste {right} sein, oder eine andere ist falsch."
    ),
    "“{digits}” is not a GTIN: eight digits that begin with 0 are a number for inside a shop.": (
        "„{digits}“ ist keine GTIN: Acht Ziffern mit einer 0 vorn sind eine Nummer für den Laden."
    ),
    "“{digits}” is a UPC-E, short for the GTIN {long}.": "„{digits}“ ist ein UPC-E, kurz für die GTIN {long}.",
    "Some letters of the name can't be read: they are not UTF-8. Rename the file.": (
        "Einige Zeichen des Namens sind nicht lesbar: Sie sind kein UTF-8. Bitte umbenennen."
    ),
    "A letter of the name got lost on its way. Rename the file.": (
        "Ein Zeichen des Namens ging unterwegs verloren. Bitte umbenennen."
    ),
    "The name has a control character in it, such as a tab or a line break. Take it out.": (
        "Im Namen steht ein Steuerzeichen, etwa ein Tabulator oder Zeilenumbruch. Bitte herausnehmen."
    ),
    "The name has a letter in it that nobody sees: {letter}. Take it out.": (
        "Im Namen steht ein Zeichen, das niemand sieht: {letter}. Bitte herausnehmen."
    ),
    "The name has more than one number. Keep one.": "Im Namen steht mehr als eine Nummer. Bitte nur eine behalten.",
    "The name has the flag “primary” twice. Keep one.": ("Im Namen steht „primary“ zweimal. Bitte nur eines behalten."),
    "“{part}” is neither the caption nor “primary”.": "„{part}“ ist weder der Bildtitel noch „primary“.",
    "The photo is named by the GTIN {own}, and its folder by {product}. Rename the one, or move the photo.": (
        "Der Name nennt die GTIN {own}, der Ordner aber {product}. Bitte eines umbenennen oder das Foto verschieben."
    ),
    "The photo does not lie in a folder that is named by a GTIN. Move it into the folder of its product.": (
        "Das Foto liegt in keinem Ordner, der nach einer GTIN heißt. Bitte in den Ordner seines Produkts verschieben."
    ),
    "The name is not one after GS1: a GTIN, an underscore, and four characters such as C1N1.": (
        "Der Name ist keiner nach GS1: eine GTIN, ein Unterstrich und vier Zeichen wie C1N1."
    ),
    "The name does not fit the pattern {pattern}. Rename the file.": (
        "Der Name passt nicht zum Muster {pattern}. Bitte umbenennen."
    ),
    "The products file has no SKU “{sku}”. Once it does, the photo goes by itself.": (
        "Die Produktdatei kennt die SKU „{sku}“ nicht. Sobald sie sie kennt, geht das Foto von selbst."
    ),
    "“{code}” is not the code of a shot.": "„{code}“ ist kein Code einer Aufnahme.",
    "The name has no ending that says what it is, such as .jpg.": (
        "Dem Namen fehlt die Endung, die sagt, was es ist, etwa .jpg."
    ),
    "The name ends with a dot. Take it off.": "Der Name endet mit einem Punkt. Bitte wegnehmen.",
    "The name ends with a space. Take it off.": "Der Name endet mit einem Leerzeichen. Bitte wegnehmen.",
    "Perhaps “{name}” was meant.": "Gemeint war vielleicht „{name}“.",
    # products
    "GTIN, SKU or name": "GTIN, SKU oder Name",
    "Name": "Name",
    "In the catalogue": "Im Katalog",
    "On their way": "Unterwegs",
    "Waiting": "Warten",
    "Need you": "Brauchen dich",
    "Missing": "Fehlt",
    "missing": "fehlt",
    "yes": "ja",
    "none": "keins",
    "No product matches.": "Kein Produkt passt dazu.",
    "First": "Zum Anfang",
    "Next": "Weiter",
    "Shot list": "Aufnahmeliste",
    "Incomplete": "Unvollständig",
    "Without a hero": "Ohne Hauptbild",
    "{n} photo is in the catalogue.": "{n} Foto ist im Katalog.",
    "{n} photos are in the catalogue.": "{n} Fotos sind im Katalog.",
    "None of its photos is in the catalogue yet.": "Noch ist keines seiner Fotos im Katalog.",
    "None of them is the hero.": "Keines davon ist das Hauptbild.",
    "complete": "vollständig",
    "products complete": "Produkte vollständig",
    "{n} of {all} products are complete.": "{n} von {all} Produkten sind vollständig.",
    "Missing: {names}.": "Es fehlt: {names}.",
    "This page has not looked through all of them yet. “Next” continues.": (
        "Bis hierher hat diese Seite gesucht. „Weiter“ sucht weiter."
    ),
    "required": "nötig",
    "Replaced, and other copies": "Ersetzt, und andere Kopien",
    # activity
    "Every step, newest first": "Jeder Schritt, der neueste zuerst",
    # names
    "How to name a photo": "So heißt ein Foto",
    "The GTIN, two underscores, the caption. Two underscores and “primary” make it the hero.": (
        "Die GTIN, zwei Unterstriche, der Bildtitel. Zwei Unterstriche und „primary“ machen es zum Hauptbild."
    ),
    "GS1: the GTIN, an underscore, and the code of the view, such as C1N1 for the front.": (
        "GS1: die GTIN, ein Unterstrich und der Code der Ansicht, etwa C1N1 für vorn."
    ),
    "A folder for each product, called by its GTIN; the file is called by its caption.": (
        "Ein Ordner je Produkt, benannt nach der GTIN; die Datei heißt wie ihr Bildtitel."
    ),
    "After this pattern:": "Nach diesem Muster:",
    "This is neither a GTIN nor a SKU of the products file.": "Das ist weder eine GTIN noch eine SKU der Produktdatei.",
    "No name in this folder says that.": "In diesem Ordner lässt sich das mit keinem Namen sagen.",
    "GTIN or SKU": "GTIN oder SKU",
    "none, but this caption:": "keine, aber dieser Bildtitel:",
    "Show": "Zeigen",
    "Make a name": "Einen Namen bilden",
    "Make it": "Bilden",
    "Try names": "Namen ausprobieren",
    "One per line": "Einen je Zeile",
    "Check": "Prüfen",
    "fits": "passt",
    "does not": "passt nicht",
    "no caption": "ohne Bildtitel",
    "Such files are left alone.": "Solche Dateien bleiben unbeachtet.",
    # what the records say
    "The file is empty: nothing was written into it. Export it again.": (
        "Die Datei ist leer: Es wurde nichts hineingeschrieben. Bitte neu exportieren."
    ),
    "The file ends before the picture does: it was not written or copied completely. Export or copy it again.": (
        "Die Datei endet vor dem Bild: Sie wurde nicht ganz geschrieben oder kopiert. Bitte neu exportieren oder"
        " kopieren."
    ),
    (
        "Parts of the file hold nothing: either it was not copied completely, or a copy left its zeros out."
        " If it looks whole when you open it, `folder-sync retry PHOTO` delivers it as it is; else export it again."
    ): (
        "Teile der Datei sind leer: Sie wurde nicht ganz kopiert, oder eine Kopie hat ihre Nullen ausgelassen."
        " Sieht sie geöffnet ganz aus, liefert „Noch einmal“ sie, wie sie ist; sonst bitte neu exportieren."
    ),
    (
        "The file is damaged and can't be opened as {format}. Export it again, and check that it looks whole; if"
        " that does not help, open the picture and save it again."
    ): (
        "Die Datei ist beschädigt und lässt sich nicht als {format} öffnen. Bitte neu exportieren und nachsehen,"
        " ob das Bild ganz ist; hilft das nicht, das Bild öffnen und neu speichern."
    ),
    (
        "A text inside the picture unpacks to more than 1 MB, and programs refuse to open that. Save the picture"
        " again without comments and metadata."
    ): (
        "Ein Text im Bild wird entpackt größer als 1 MB, und so etwas öffnen Programme nicht. Bitte das Bild ohne"
        " Kommentare und Metadaten neu speichern."
    ),
    "The file consists of more tiny parts than any program writes. Export it again, and check that it looks whole.": (
        "Die Datei besteht aus mehr winzigen Teilen, als je ein Programm schreibt. Bitte neu exportieren und"
        " nachsehen, ob das Bild ganz ist."
    ),
    "The file is {format} and {thing} in one. Open the picture and export it again.": (
        "Die Datei ist {format} und {thing} in einem. Bitte das Bild öffnen und neu exportieren."
    ),
    "The file is {size} MB; at most {limit} MB are allowed. Export it smaller or with stronger compression.": (
        "Die Datei hat {size} MB; höchstens {limit} MB sind erlaubt. Bitte kleiner oder stärker komprimiert"
        " exportieren."
    ),
    "The picture is {width} × {height} pixels; at most {limit} million pixels are allowed. Export it smaller.": (
        "Das Bild hat {width} × {height} Pixel; höchstens {limit} Millionen Pixel sind erlaubt. Bitte kleiner"
        " exportieren."
    ),
    (
        "This is {thing}, but it is named as {format} (.{ending}). Rename it to end in .{right}, or export it"
        " again as {again}."
    ): (
        "Das ist {thing}, heißt aber wie ein {format} (.{ending}). Bitte so umbenennen, dass es auf .{right}"
        " endet, oder neu als {again} exportieren."
    ),
    "This is {thing}, but it is named as {format} (.{ending}). Export it again as {again}.": (
        "Das ist {thing}, heißt aber wie ein {format} (.{ending}). Bitte neu als {again} exportieren."
    ),
    (
        "This is not a picture of any kind known here, though it is named as {format} (.{ending}). Export it again"
        " as {again}."
    ): (
        "Das ist kein Bild irgendeiner bekannten Art, heißt aber wie ein {format} (.{ending}). Bitte neu als"
        " {again} exportieren."
    ),
    (
        'The drawing contains {thing}. In Illustrator, save it without "Preserve Illustrator Editing'
        ' Capabilities", or export the picture as a PNG.'
    ): (
        "Die Zeichnung enthält {thing}. Bitte in Illustrator ohne „Illustrator-Bearbeitungsfunktionen beibehalten“"
        " speichern oder das Bild als PNG exportieren."
    ),
    "The drawing contains {thing}. Remove that, or export the picture as a PNG.": (
        "Die Zeichnung enthält {thing}. Bitte entfernen, oder das Bild als PNG exportieren."
    ),
    (
        "The drawing has a part of more than {limit} MB, probably an embedded photo. Embed a smaller one, or"
        " export the picture as a PNG."
    ): (
        "Die Zeichnung hat einen Teil von mehr als {limit} MB, wohl ein eingebettetes Foto. Bitte ein kleineres"
        " einbetten oder das Bild als PNG exportieren."
    ),
    "{file} can't be read: Permission denied. Check the permissions of the file, or export it again.": (
        "{file} ist nicht lesbar: Die Berechtigung fehlt. Bitte die Rechte der Datei prüfen oder sie neu exportieren."
    ),
    "{file} can't be read: Input/output error. Check the permissions of the file, or export it again.": (
        "{file} ist nicht lesbar: Der Datenträger meldet einen Fehler. Bitte die Datei neu exportieren."
    ),
    "{file} is a link that leads nowhere. Put the photo itself there.": (
        "{file} ist eine Verknüpfung, die nirgendwohin führt. Bitte das Foto selbst hinlegen."
    ),
    "{file} is a link that leads out of the watched folder. Put the photo itself there.": (
        "{file} ist eine Verknüpfung, die aus dem beobachteten Ordner hinausführt. Bitte das Foto selbst hinlegen."
    ),
    "{file} is not a file. Remove it, or put the photo itself there.": (
        "{file} ist keine Datei. Bitte entfernen, oder das Foto selbst hinlegen."
    ),
    "The picture is {width} × {height} pixels; {limit} on the longer side are wanted. Export it larger.": (
        "Das Bild hat {width} × {height} Pixel; {limit} an der längeren Seite sind gewünscht. Bitte größer exportieren."
    ),
    "The picture is in CMYK. Export it in sRGB with 8 bits.": (
        "Das Bild ist in CMYK. Bitte in sRGB mit 8 Bit exportieren."
    ),
    "The picture has {bits} bits a colour. Export it in sRGB with 8 bits.": (
        "Das Bild hat {bits} Bit je Farbe. Bitte in sRGB mit 8 Bit exportieren."
    ),
    'The picture is in the colours of "{profile}". Export it in sRGB with 8 bits.': (
        "Das Bild hat die Farben von „{profile}“. Bitte in sRGB mit 8 Bit exportieren."
    ),
    "The picture is in the colours of another kind of screen. Export it in sRGB with 8 bits.": (
        "Das Bild hat die Farben einer anderen Art von Bildschirm. Bitte in sRGB mit 8 Bit exportieren."
    ),
    "{share} % of the picture's edge is white or transparent; for a hero it should be {limit} %.": (
        "{share} % des Bildrands sind weiß oder durchsichtig; bei einem Hauptbild sollen es {limit} % sein."
    ),
    "Only a note in the file turns the picture, and not every shop heeds it. Export it upright.": (
        "Nur ein Vermerk in der Datei dreht das Bild, und nicht jeder Shop beachtet ihn. Bitte aufrecht exportieren."
    ),
    "The file is {size} MB; at most {limit} MB is wanted. Export it with stronger compression.": (
        "Die Datei hat {size} MB; höchstens {limit} MB sind gewünscht. Bitte mit stärkerer Kompression exportieren."
    ),
    "The barcode in the picture is {found}, and the name says {said}. Check whether it shows the right product.": (
        "Der Strichcode im Bild ist {found}, der Name sagt {said}. Bitte nachsehen, ob es das richtige Produkt zeigt."
    ),
    'The same picture is delivered for {gtin}, as "{file}". Check which product it shows.': (
        "Dasselbe Bild ist für {gtin} geliefert, als „{file}“. Bitte nachsehen, welches Produkt es zeigt."
    ),
    'This is an older version of "{file}", which was replaced since. `folder-sync retry` delivers it after all.': (
        "Das ist eine ältere Fassung von „{file}“, die inzwischen ersetzt ist. „Noch einmal“ liefert sie doch."
    ),
    "The catalogue does not know this GTIN yet. The service checks again from time to time.": (
        "Der Katalog kennt diese GTIN noch nicht. Sobald er sie kennt, geht das Foto von selbst."
    ),
    (
        "An image of this product could be this photo: neither the bytes nor the time can tell. Look at the"
        " product in the catalogue; then `folder-sync retry` uploads it once more."
    ): (
        "Ein Bild dieses Produkts könnte dieses Foto sein: Weder Bytes noch Zeit entscheiden es. Bitte das Produkt"
        " im Katalog ansehen; „Noch einmal“ lädt das Foto dann noch einmal hoch."
    ),
    (
        "{number} images of this product could be this photo: neither the bytes nor the time can tell. Look at the"
        " product in the catalogue; then `folder-sync retry` uploads it once more."
    ): (
        "{number} Bilder dieses Produkts könnten dieses Foto sein: Weder Bytes noch Zeit entscheiden es. Bitte das"
        " Produkt im Katalog ansehen; „Noch einmal“ lädt das Foto dann noch einmal hoch."
    ),
    (
        "Something between here and Closient refuses this photo (status {status}), but not others. Ask whoever"
        " runs the proxy or firewall; then `folder-sync retry` sends it again."
    ): (
        "Etwas zwischen hier und Closient lehnt dieses Foto ab (Status {status}), andere nicht. Bitte fragen, wer"
        " Proxy oder Firewall betreut; „Noch einmal“ sendet es dann wieder."
    ),
    "image {id}": ("Bild {id}"),
    "image {id} holds our bytes": ("Bild {id} hat unsere Bytes"),
    'moved to "{place}"': ("verschoben nach „{place}“"),
    "replaced by photo {photo}": ("ersetzt durch Foto {photo}"),
    "retried by the operator": ("auf Wunsch noch einmal"),
    "the catalogue does not have it; asked again later, to be sure": (
        "der Katalog hat es nicht; zur Sicherheit wird später noch einmal gefragt"
    ),
    "the catalogue does not have it, asked twice: it is sent again": (
        "der Katalog hat es nicht, zweimal gefragt: Es wird noch einmal gesendet"
    ),
    "the catalogue does not know this product now; asked again from time to time": (
        "der Katalog kennt dieses Produkt gerade nicht; er wird von Zeit zu Zeit gefragt"
    ),
    "the catalogue still has its image; the photo is here again": (
        "der Katalog hat sein Bild noch; das Foto steht wieder hier"
    ),
    "the file is back": ("die Datei ist wieder da"),
    "the file is back where it came from": ("die Datei ist wieder da, woher sie kam"),
    "the file is deleted": ("die Datei ist gelöscht"),
    "the file went away": ("die Datei ist weg"),
    "its folder is no longer watched": ("sein Ordner wird nicht mehr beobachtet"),
    "its image is gone from the catalogue: it is looked for there, and then sent again": (
        "sein Bild ist aus dem Katalog verschwunden: Es wird dort gesucht und dann noch einmal gesendet"
    ),
    "its image is still there, and is deleted": ("sein Bild ist noch da und wird gelöscht"),
    "the service ended while this was being sent": ("der Dienst endete, während es gesendet wurde"),
    "Closient does not accept the API key.": ("Closient nimmt den API-Schlüssel nicht an."),
    "The request limit of the API key is used up.": ("Das Kontingent des API-Schlüssels ist aufgebraucht."),
    "{folder} is empty, although photos should be in it. Is it mounted?": (
        "{folder} ist leer, obwohl Fotos darin sein müssten. Ist der Ordner eingehängt?"
    ),
    "a JPEG": ("ein JPEG"),
    "a PNG": ("ein PNG"),
    "a GIF": ("ein GIF"),
    "a WebP": ("ein WebP"),
    "an SVG": ("ein SVG"),
    "a BMP": ("ein BMP"),
    "a TIFF": ("ein TIFF"),
    "a HEIC": ("ein HEIC"),
    "an AVIF": ("ein AVIF"),
    "a PDF": ("ein PDF"),
    "an EPS": ("ein EPS"),
    "a JPEG XL": ("ein JPEG XL"),
    "a JPEG 2000": ("ein JPEG 2000"),
    "a Photoshop document": ("ein Photoshop-Dokument"),
    "a Canon raw file": ("eine Canon-Rohdatei"),
    "a ZIP archive": ("ein ZIP-Archiv"),
    "a compressed file": ("eine komprimierte Datei"),
    "an icon file": ("eine Icon-Datei"),
    "a text file": ("eine Textdatei"),
    "a web page": ("eine Webseite"),
    "a video": ("ein Video"),
    "a sound or video file": ("eine Ton- oder Videodatei"),
    "a web page, a document or a program": ("eine Webseite, ein Dokument oder ein Programm"),
    "a script": ("ein Skript"),
    "a piece of a web page": ("ein Stück einer Webseite"),
    "an animated link": ("einen animierten Verweis"),
    "an animated script": ("ein animiertes Skript"),
    "a link to another file in its first lines": ("einen Verweis auf eine andere Datei in ihren ersten Zeilen"),
    "shortcuts for text (XML entities) in its first lines": (
        "Abkürzungen für Text (XML-Entitäten) in ihren ersten Zeilen"
    ),
    "a link to a style sheet outside of it": ("einen Verweis auf ein Stylesheet außerhalb"),
    "a link to something outside of it": ("einen Verweis auf etwas außerhalb"),
    "a style that loads something from outside of it": ("einen Stil, der etwas von außerhalb lädt"),
    "something embedded that is neither a pixel picture nor a font": (
        "etwas Eingebettetes, das weder Pixelbild noch Schrift ist"
    ),
    # what can't be converted
    "Converting it takes more than {seconds} seconds. Export it smaller, or as JPEG.": (
        "Das Umwandeln dauert mehr als {seconds} Sekunden. Bitte kleiner oder als JPEG exportieren."
    ),
    (
        "The picture has so many pixels that converting it would take more than 1 GB of memory. Export it smaller,"
        " or as JPEG."
    ): (
        "Das Bild hat so viele Pixel, dass das Umwandeln mehr als 1 GB Speicher bräuchte. Bitte kleiner oder als"
        " JPEG exportieren."
    ),
    "Converted, it is larger than {limit} MB. Export it smaller, or set convert.max_pixels.": (
        "Umgewandelt ist es größer als {limit} MB. Bitte kleiner exportieren, oder convert.max_pixels setzen."
    ),
    (
        "The file is damaged or ends too early, and can't be converted. Export it again, and check that it looks whole."
    ): (
        "Die Datei ist beschädigt oder endet zu früh und lässt sich nicht umwandeln. Bitte neu exportieren und"
        " prüfen, ob sie heil aussieht."
    ),
    (
        "The picture is in CMYK without a profile, so that nobody knows its colours. Export it in sRGB, or with"
        " its profile."
    ): (
        "Das Bild ist in CMYK ohne Profil, und so kennt niemand seine Farben. Bitte in sRGB oder mit Profil"
        " exportieren."
    ),
    (
        "The Photoshop document holds no picture that other programs can show. Save it again with Maximise"
        " Compatibility, or export it as JPEG."
    ): (
        "Das Photoshop-Dokument enthält kein Bild, das andere Programme zeigen können. Bitte mit „Kompatibilität"
        " maximieren“ neu speichern oder als JPEG exportieren."
    ),
    "Pictures of this kind can't be converted. Export it as JPEG, in sRGB with 8 bits.": (
        "Bilder dieser Art lassen sich nicht umwandeln. Bitte als JPEG exportieren, in sRGB mit 8 Bit."
    ),
    "The file has several pages; the first one is delivered. Export the others as files of their own.": (
        "Die Datei hat mehrere Seiten; geliefert wird die erste. Die anderen bitte als eigene Dateien exportieren."
    ),
    (
        "Closient took this photo, but not as the primary image. Look at the product in the catalogue;"
        " `folder-sync audit --mend` sends it again."
    ): (
        "Closient hat das Foto genommen, aber nicht als Hauptbild. Bitte das Produkt im Katalog ansehen;"
        " `folder-sync audit --mend` sendet es noch einmal."
    ),
    # what a name says
    (
        'The title begins with "{flag}", but the photo is not the hero. If it is to be, set {primary} apart by two'
        " underscores."
    ): (
        "Der Bildtitel beginnt mit „{flag}“, aber das Foto ist kein Hauptbild. Soll es eines sein, gehören zwei"
        " Unterstriche vor und hinter {primary}."
    ),
    "Files whose name starts with a dot are hidden files, not photos.": (
        "Dateien mit einem Punkt vorn sind versteckte Dateien, keine Fotos."
    ),
    "The computer keeps this file for itself.": "Diese Datei legt der Rechner für sich selbst an.",
    "The name is that of a backup copy or of a file still being written.": (
        "So heißen Sicherungskopien, oder Dateien, die noch geschrieben werden."
    ),
    "Raw files are not uploaded, only the photos exported from them.": (
        "Rohdateien werden nicht hochgeladen, nur die Fotos, die daraus exportiert sind."
    ),
    "Files of this kind lie beside photos and are not uploaded.": (
        "Dateien dieser Art liegen neben Fotos und werden nicht hochgeladen."
    ),
    # what became of it, more
    "it is here again": "es steht wieder hier",
    'renamed from "{old}" to "{new}"': "umbenannt von „{old}“ in „{new}“",
    'the same photo as "{file}" (photo {photo})': "dasselbe Foto wie „{file}“ (Foto {photo})",
    "It stands in place of photo {photo}.": "Es steht an der Stelle von Foto {photo}.",
    "the clock was set back; it waits no longer for that": (
        "die Uhr wurde zurückgestellt; deshalb wartet es nicht länger"
    ),
    "how sending it ended could not be recorded": "wie das Senden ausging, konnte nicht festgehalten werden",
    'the file "{file}" went away or was replaced; the same photo stands at "{place}"': (
        "die Datei „{file}“ ist weg oder wurde ersetzt; dasselbe Foto steht bei „{place}“"
    ),
    "photo {photo} has this image, too; it is deleted once that photo is there": (
        "Foto {photo} hat dieses Bild auch; es wird gelöscht, sobald jenes Foto da ist"
    ),
    "image {id} adopted by title and time: its bytes were re-encoded": (
        "Bild {id} nach Titel und Zeit übernommen: Seine Bytes wurden neu kodiert"
    ),
    "image {id} adopted by title and time: its bytes could not be compared": (
        "Bild {id} nach Titel und Zeit übernommen: Seine Bytes ließen sich nicht vergleichen"
    ),
    "found in the catalogue: image {id} holds these bytes": "im Katalog gefunden: Bild {id} hat diese Bytes",
    "found in the catalogue by its title: the bytes of image {id} could not be compared": (
        "im Katalog nach dem Titel gefunden: Die Bytes von Bild {id} ließen sich nicht vergleichen"
    ),
    "tried again": "noch einmal versucht",
    "looked up again": "noch einmal nachgesehen",
    "image {id} deleted on the server": "Bild {id} auf dem Server gelöscht",
    "its image was not deleted: {why}": "sein Bild wurde nicht gelöscht: {why}",
    "The file has changed since it was queued. Nothing was uploaded.": (
        "Die Datei hat sich geändert, seit sie wartet. Es wurde nichts hochgeladen."
    ),
    "The file can't be read: {why}. Check the disk or the share.": (
        "Die Datei ist nicht lesbar: {why}. Bitte den Datenträger oder die Freigabe prüfen."
    ),
    "The file can't be converted: {why}. Check the disk.": (
        "Die Datei lässt sich nicht umwandeln: {why}. Bitte den Datenträger prüfen."
    ),
    "What became of it could not be recorded, so it was not sent to its end.": (
        "Es konnte nicht festgehalten werden, darum wurde es nicht zu Ende gesendet."
    ),
    # what Closient answered, or what came instead
    "Closient does not accept the API key: {said}.": "Closient nimmt den API-Schlüssel nicht an: {said}.",
    (
        "Closient does not accept the API key. If it was revoked, create a new one in Closient and put it into the"
        " key file."
    ): (
        "Closient nimmt den API-Schlüssel nicht an. Ist er widerrufen, bitte in Closient einen neuen anlegen und"
        " in die Schlüsseldatei legen."
    ),
    (
        "Closient does not accept the API key: {said}. If it was revoked, create a new one in Closient and put it"
        " into the key file."
    ): (
        "Closient nimmt den API-Schlüssel nicht an: {said}. Ist er widerrufen, bitte in Closient einen neuen"
        " anlegen und in die Schlüsseldatei legen."
    ),
    "Closient does not allow this with the API key.": "Closient erlaubt das mit dem API-Schlüssel nicht.",
    "Closient does not allow this with the API key: {said}.": (
        "Closient erlaubt das mit dem API-Schlüssel nicht: {said}."
    ),
    (
        "Closient does not allow this with the API key. Its role must be Owner, Manager or Editor, and the product"
        " must be the organization's own."
    ): (
        "Closient erlaubt das mit dem API-Schlüssel nicht. Seine Rolle muss Owner, Manager oder Editor sein, und"
        " das Produkt muss der Organisation gehören."
    ),
    (
        "Closient does not allow this with the API key: {said}. Its role must be Owner, Manager or Editor, and the"
        " product must be the organization's own."
    ): (
        "Closient erlaubt das mit dem API-Schlüssel nicht: {said}. Seine Rolle muss Owner, Manager oder Editor"
        " sein, und das Produkt muss der Organisation gehören."
    ),
    "The request limit of the API key is used up. Uploads resume automatically once there is room again.": (
        "Das Kontingent des API-Schlüssels ist aufgebraucht. Es geht von selbst weiter, sobald wieder Platz ist."
    ),
    "The file is larger than Closient accepts. Export the photo smaller.": (
        "Die Datei ist größer, als Closient annimmt. Bitte kleiner exportieren."
    ),
    "The file is larger than Closient accepts: {said}. Export the photo smaller.": (
        "Die Datei ist größer, als Closient annimmt: {said}. Bitte kleiner exportieren."
    ),
    "Closient refused the request ({status}).": "Closient hat die Anfrage abgelehnt ({status}).",
    "Closient refused the request ({status}): {said}.": "Closient hat die Anfrage abgelehnt ({status}): {said}.",
    "Closient answered with status {status}.": "Closient hat mit Status {status} geantwortet.",
    "Closient answered with status {status}: {said}.": "Closient hat mit Status {status} geantwortet: {said}.",
    "Closient answered with status {status}. Check base_url in the configuration.": (
        "Closient hat mit Status {status} geantwortet. Bitte base_url in der Konfiguration prüfen."
    ),
    "Closient answered with status {status}: {said}. Check base_url in the configuration.": (
        "Closient hat mit Status {status} geantwortet: {said}. Bitte base_url in der Konfiguration prüfen."
    ),
    "Closient answered before it had the whole photo.": "Closient hat geantwortet, bevor das ganze Foto da war.",
    "Closient named the image of another photo.": "Closient hat das Bild eines anderen Fotos genannt.",
    "Closient named the image of another photo of this product.": (
        "Closient hat das Bild eines anderen Fotos dieses Produkts genannt."
    ),
    "Something between here and Closient answered {status}, not Closient itself.": (
        "Etwas zwischen hier und Closient hat mit {status} geantwortet, nicht Closient selbst."
    ),
    (
        "Something between here and Closient answered {status}, not Closient itself. Look at the proxy or firewall"
        " on the way, and at base_url in the configuration."
    ): (
        "Etwas zwischen hier und Closient hat mit {status} geantwortet, nicht Closient selbst. Bitte nach Proxy"
        " oder Firewall sehen, und nach base_url in der Konfiguration."
    ),
    "{host} does not speak https at this port.": "{host} spricht an diesem Port kein https.",
    "{host} does not speak https at this port. Check base_url in the configuration.": (
        "{host} spricht an diesem Port kein https. Bitte base_url in der Konfiguration prüfen."
    ),
    "No connection to {host}: {why}.": "Keine Verbindung zu {host}: {why}.",
    "No connection to {host}: {why}. It will be retried automatically; check the network.": (
        "Keine Verbindung zu {host}: {why}. Es wird von selbst noch einmal versucht; bitte das Netz prüfen."
    ),
    "The answer from {host} was lost: {why}.": "Die Antwort von {host} ging verloren: {why}.",
    "The connection to {host} broke: {why}.": "Die Verbindung zu {host} brach ab: {why}.",
    "The connection to {host} broke: {why}. It will be retried automatically.": (
        "Die Verbindung zu {host} brach ab: {why}. Es wird von selbst noch einmal versucht."
    ),
    "The key belongs to no organization.": "Der Schlüssel gehört zu keiner Organisation.",
    "The key belongs to {number} organizations: set organization_id for account {account}.": (
        "Der Schlüssel gehört zu {number} Organisationen: bitte organization_id für das Konto {account} setzen."
    ),
    (
        'The records of the account "{account}" belong to organization {id}, the key to {others}. Use a key of'
        " {own}, or a new name for the account."
    ): (
        "Die Aufzeichnungen des Kontos „{account}“ gehören zur Organisation {id}, der Schlüssel zu {others}."
        " Bitte einen Schlüssel von {own} nehmen, oder dem Konto einen neuen Namen geben."
    ),
    "Several products in a row belong to somebody else: is this the right key?": (
        "Mehrere Produkte nacheinander gehören jemand anderem: Ist das der richtige Schlüssel?"
    ),
    # why a folder is paused
    (
        "{folder} is watched by another folder-sync, process {pid}, which keeps records of its own. Stop one of"
        " the two."
    ): (
        "{folder} beobachtet schon ein anderes folder-sync, Prozess {pid}, das eigene Aufzeichnungen führt."
        " Bitte eines der beiden beenden."
    ),
    (
        "{folder} is watched by another folder-sync, on {host} (process {pid} there), which keeps records of its"
        " own. Stop one of the two."
    ): (
        "{folder} beobachtet schon ein anderes folder-sync, auf {host} (dort Prozess {pid}), das eigene"
        " Aufzeichnungen führt. Bitte eines der beiden beenden."
    ),
    "{folder} lacks the mark of those that have taken it in. Is it mounted, on this machine and on theirs?": (
        "In {folder} fehlt die Markierung derer, die den Ordner aufgenommen haben. Ist er eingehängt, hier und dort?"
    ),
    "{folder} does not answer. Look at the server, or at the network; it resumes by itself.": (
        "{folder} antwortet nicht. Bitte nach dem Server oder dem Netz sehen; es geht von selbst weiter."
    ),
    "{folder} can't be watched: it needs 1 watch, and fewer of this user's {now} are free. Set the sysctl"
    ' fs.inotify.max_user_watches to {enough} or more, or set backend = "polling" for this folder.': (
        "{folder} kann nicht beobachtet werden: Der Ordner braucht eine Beobachtung, und weniger der {now} dieses"
        " Benutzers sind frei. Setzen Sie das sysctl fs.inotify.max_user_watches auf {enough} oder mehr, oder für"
        ' diesen Ordner backend = "polling".'
    ),
    "{folder} can't be watched: it needs {number} watches, and fewer of this user's {now} are free. Set the sysctl"
    ' fs.inotify.max_user_watches to {enough} or more, or set backend = "polling" for this folder.': (
        "{folder} kann nicht beobachtet werden: Der Ordner braucht {number} Beobachtungen, und weniger der {now}"
        " dieses Benutzers sind frei. Setzen Sie das sysctl fs.inotify.max_user_watches auf {enough} oder mehr, oder"
        ' für diesen Ordner backend = "polling".'
    ),
    "{folder} can't be watched: this user's {now} inotify instances (or this program's files) are all in use. Set the"
    " sysctl fs.inotify.max_user_instances to {enough} or more, or allow more open files, or set"
    ' backend = "polling" for this folder.': (
        "{folder} kann nicht beobachtet werden: Die {now} inotify-Instanzen dieses Benutzers (oder die Dateien dieses"
        " Programms) sind alle vergeben. Setzen Sie das sysctl fs.inotify.max_user_instances auf {enough} oder mehr,"
        ' oder erlauben Sie mehr offene Dateien, oder setzen Sie für diesen Ordner backend = "polling".'
    ),
    "What was mounted at {place} is no longer mounted. Mount it again.": (
        "Was bei {place} eingehängt war, ist es nicht mehr. Bitte wieder einhängen."
    ),
    (
        "Photos in {folder} can't be seen: the service may not read it. Let its user read and enter it; it resumes"
        " by itself."
    ): (
        "Die Fotos in {folder} sind nicht zu sehen: Der Dienst darf den Ordner nicht lesen. Bitte seinem"
        " Benutzer Lese- und Zugriffsrecht geben; es geht von selbst weiter."
    ),
    "The watched folder {folder} is not there. Create it, or mount it.": (
        "Der beobachtete Ordner {folder} ist nicht da. Bitte anlegen oder einhängen."
    ),
    "{folder} is not a folder. Correct its path in the configuration.": (
        "{folder} ist kein Ordner. Bitte den Pfad in der Konfiguration berichtigen."
    ),
    "The watched folder {folder} may not be read. Give the user that runs folder-sync the right to read it.": (
        "Der beobachtete Ordner {folder} darf nicht gelesen werden. Bitte dem Benutzer, unter dem folder-sync"
        " läuft, das Leserecht geben."
    ),
    "The watched folder {folder} can't be read: {why}. Check the disk, or the network if it is on a server.": (
        "Der beobachtete Ordner {folder} ist nicht lesbar: {why}. Bitte den Datenträger prüfen, oder das Netz,"
        " wenn er auf einem Server liegt."
    ),
    # what is wrong with the products file
    "The products file {file} is not there.": "Die Produktdatei {file} ist nicht da.",
    "The products file {file} is a folder.": "Die Produktdatei {file} ist ein Ordner.",
    "The products file {file} can't be read.": "Die Produktdatei {file} ist nicht lesbar.",
    "The products file {file} has more than {limit} MB.": "Die Produktdatei {file} hat mehr als {limit} MB.",
    "The products file {file} is not UTF-8, at line {line}.": (
        "Die Produktdatei {file} ist kein UTF-8, in Zeile {line}."
    ),
    # what is wrong with the database, and what to do
    "There is no database at {file}.": "Bei {file} ist keine Datenbank.",
    "It is made by the first `folder-sync run` or `sync`.": "Das erste `folder-sync run` oder `sync` legt sie an.",
    "There are no records in {name}.": "In {name} sind noch keine Aufzeichnungen.",
    "They are made by the first `folder-sync run` or `sync`.": "Das erste `folder-sync run` oder `sync` legt sie an.",
    "{file} is not a database of folder-sync.": "{file} ist keine Datenbank von folder-sync.",
    "Set store.url to another place, or move it away.": "Bitte store.url anders setzen, oder die Datei weglegen.",
    "The database {name} is damaged.": "Die Datenbank {name} ist beschädigt.",
    "The next `folder-sync run` or `sync` sets it aside and recognises what is in the catalogue already.": (
        "Das nächste `folder-sync run` oder `sync` legt sie beiseite und erkennt wieder, was schon im Katalog ist."
    ),
    "The disk of the database {name} is full.": "Der Datenträger der Datenbank {name} ist voll.",
    "Make room; nothing is forgotten.": "Bitte Platz schaffen; nichts ist vergessen.",
    "The database {name} is locked by another program.": (
        "Die Datenbank {name} ist von einem anderen Programm gesperrt."
    ),
    "Close that program, then try again.": "Bitte jenes Programm schließen.",
    "The database {name} can't be written.": "In die Datenbank {name} lässt sich nicht schreiben.",
    "Check who owns it, and whether its disk is read-only.": (
        "Bitte prüfen, wem sie gehört und ob der Datenträger schreibgeschützt ist."
    ),
    "The database {name} can't be used: {why}.": "Die Datenbank {name} ist nicht benutzbar: {why}.",
    "Check the disk and the permissions.": "Bitte den Datenträger und die Rechte prüfen.",
    "The database {name} is still that of folder-sync {version}; this is {own}.": (
        "Die Datenbank {name} ist noch die von folder-sync {version}; dies ist {own}."
    ),
    "Restart the service: `folder-sync run` or `sync` brings it up to date.": (
        "Bitte den Dienst neu starten: `folder-sync run` oder `sync` bringt sie auf den neuen Stand."
    ),
    "The database {name} was written by folder-sync {version}, which is newer than this one ({own}).": (
        "Die Datenbank {name} hat folder-sync {version} geschrieben, das neuer ist als dieses ({own})."
    ),
    "Use that version, or go back to a backup from before it.": (
        "Bitte jene Version nehmen, oder eine Sicherung von davor."
    ),
    "The database was written by folder-sync {version}, which is newer than this one ({own}).": (
        "Die Datenbank hat folder-sync {version} geschrieben, das neuer ist als dieses ({own})."
    ),
    "Use that version.": "Bitte jene Version nehmen.",
    "The database {name} does not answer in time.": "Die Datenbank {name} antwortet nicht rechtzeitig.",
    "See what keeps it busy; this is tried again.": (
        "Bitte nachsehen, was sie aufhält; es wird von selbst noch einmal versucht."
    ),
    "The database {name} can't be reached: {why}.": "Die Datenbank {name} ist nicht erreichbar: {why}.",
    "Check the server and the network.": "Bitte nach dem Server und dem Netz sehen.",
    "The database {name} can't be written: {why}.": "In die Datenbank {name} lässt sich nicht schreiben: {why}.",
    "Check the rights of its role.": "Bitte die Rechte ihrer Rolle prüfen.",
    "The database {name} refuses this role: {why}.": "Die Datenbank {name} weist diese Rolle ab: {why}.",
    "Check its password and pg_hba.conf.": "Bitte das Passwort und pg_hba.conf prüfen.",
    "The database {name} asks for a password, and none is known.": (
        "Die Datenbank {name} verlangt ein Passwort, und keines ist bekannt."
    ),
    "Name the file that holds it in store.password_file, or give a systemd credential named store.password.": (
        "Bitte die Datei mit dem Passwort in store.password_file nennen oder eine systemd-Credential namens "
        "store.password mitgeben."
    ),
    "The database {name} is not there: {why}.": "Die Datenbank {name} ist nicht da: {why}.",
    "Make it, as docs/postgresql.md says.": "Bitte anlegen, wie es in docs/postgresql.md steht.",
    "The database {name} has not finished yet what was under way when a connection was lost.": (
        "Die Datenbank {name} hat noch nicht beendet, was vor dem Abbruch einer Verbindung begonnen wurde."
    ),
    "It will within half a minute.": "Das dauert höchstens eine halbe Minute.",
    "The database {name} is on a standby server, which can't be written to.": (
        "Die Datenbank {name} ist die eines Standby-Servers, in die sich nicht schreiben lässt."
    ),
    "store.url has to lead to the primary (docs/postgresql.md, Failover).": (
        "store.url muss zum Primärserver führen (docs/postgresql.md, Failover)."
    ),
    "The database {name} can't be written: none of its servers that answer is the primary.": (
        "In die Datenbank {name} lässt sich nicht schreiben: Von ihren Servern, die antworten, ist keiner der"
        " Primärserver."
    ),
    "Promote one; folder-sync goes on by itself.": (
        "Bitte einen dazu machen (promote); folder-sync arbeitet dann von selbst weiter."
    ),
    "A pooler in front of the database {name} does not accept all of store.url: {why}.": (
        "Ein Pooler vor der Datenbank {name} nimmt nicht alles aus store.url an: {why}."
    ),
    "Leave that out, as docs/postgresql.md says of poolers.": "Bitte weglassen, siehe docs/postgresql.md zu Poolern.",
    "Make room on the database's machine; nothing is forgotten.": (
        "Bitte auf dem Rechner der Datenbank Platz schaffen; nichts ist vergessen."
    ),
    "The records are in PostgreSQL, which needs the postgres extra.": (
        "Die Aufzeichnungen sind in PostgreSQL; dafür fehlt das Extra postgres."
    ),
    "Install it: pip install 'folder-sync[postgres]'": "Bitte installieren: pip install 'folder-sync[postgres]'",
    "SQLite {version} or later is needed, and this Python has {own}.": (
        "Nötig ist SQLite ab {version}; dieses Python hat {own}."
    ),
    "Use a Python with a newer one, such as that of Debian 12, Ubuntu 24.04 or uv.": (
        "Bitte ein Python mit einem neueren verwenden, etwa das von Debian 12, Ubuntu 24.04 oder uv."
    ),
    # what can't be shown
    "There is nothing here.": "Hier ist nichts.",
    "Perhaps it was removed. Start at the first page.": "Vielleicht wurde es entfernt. Bitte von vorn anfangen.",
    "That does not work here.": "Das geht hier nicht.",
    "That did not work.": "Das hat nicht geklappt.",
    "Start at the first page.": "Bitte von vorn anfangen.",
    "Start at the newest.": "Bitte bei den neuesten anfangen.",
    "This address of a page is not understood.": "Diese Adresse einer Seite ist nicht verständlich.",
    "There is no such cursor in these records.": "Diesen Cursor gibt es in diesen Aufzeichnungen nicht.",
    "Use one that came from them, or leave it out to start from the beginning.": (
        "Einen nehmen, der von ihnen stammt, oder ihn weglassen, um von vorn zu beginnen."
    ),
    "Make room: {n} MB are free beside the records, and a full disk stops all.": (
        "Bitte Platz schaffen: Neben den Aufzeichnungen sind {n} MB frei; ist der Datenträger voll, steht alles."
    ),
    "The catalogue differs from the records in {n} place: folder-sync audit says where.": (
        "Der Katalog weicht an {n} Stelle von den Aufzeichnungen ab: folder-sync audit sagt, wo."
    ),
    "The catalogue differs from the records in {n} places: folder-sync audit says where.": (
        "Der Katalog weicht an {n} Stellen von den Aufzeichnungen ab: folder-sync audit sagt, wo."
    ),
    "This limit is not understood.": "Diese Obergrenze ist nicht verständlich.",
    "It is a whole number from 1 on; more than 1000 are never given at once.": (
        "Sie ist eine ganze Zahl ab 1; mehr als 1000 kommen nie auf einmal."
    ),
    "This page was requested under a name that is not its own.": (
        "Diese Seite wurde unter einem Namen aufgerufen, der nicht ihrer ist."
    ),
    "Open it as 127.0.0.1, or have the name added to allowed_hosts in [web].": (
        "Bitte als 127.0.0.1 aufrufen, oder den Namen bei allowed_hosts in [web] eintragen lassen."
    ),
    "That is too much at once.": "Das ist zu viel auf einmal.",
    "Send less.": "Bitte weniger senden.",
    "This was sent by another site.": "Das hat eine andere Seite geschickt.",
    "Go back, reload the page, and try again.": "Bitte zurückgehen, die Seite neu laden und noch einmal versuchen.",
    "Sign in first.": "Bitte zuerst anmelden.",
    "The page to do so is /sign-in.": "Das geht auf der Seite /sign-in.",
    "You may look, but not act.": "Ansehen ist erlaubt, ändern nicht.",
    "Sign in with the other password to do that.": "Dafür bitte mit dem anderen Passwort anmelden.",
}
