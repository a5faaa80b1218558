"""German. Keys are the English sentences of the templates and pages; ``{…}`` stand in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    # around every page
    "Skip to the content": "Zum Inhalt",
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
    "Photos are kept, and go as soon as it runs. Ask whoever looks after it.": (
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
    "All that is on its way will be there by about {time}.": "Was unterwegs ist, ist bis etwa {time} da.",
    "The last upload was {time}.": "Zuletzt hochgeladen: {time}.",
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
    "Shot": "Aufnahme",
    "Not taken in yet": "Noch nicht aufgenommen",
    "is still being written": "wird noch geschrieben",
    "is not complete yet": "ist noch nicht vollständig",
    "can't be read just now": "ist gerade nicht lesbar",
    "is looked at next": "kommt als Nächstes dran",
    "{n} photo has remarks": "{n} Foto hat Anmerkungen",
    "{n} photos have remarks": "{n} Fotos haben Anmerkungen",
    "Pixels": "Pixel",
    # remarks
    "The picture is small. Export it larger.": "Das Bild ist klein. Bitte größer exportieren.",
    "The colours are not sRGB with 8 bits. Export it so.": (
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
    "The picture moves. Export a single frame.": "Das Bild bewegt sich. Bitte ein Einzelbild exportieren.",
    "The barcode in the picture is that of another product.": (
        "Der Strichcode im Bild gehört zu einem anderen Produkt."
    ),
    "The same picture is delivered for another product.": "Dasselbe Bild ist für ein anderes Produkt geliefert.",
    # quota and folders
    "Quota and folders": "Kontingent und Ordner",
    "Quota": "Kontingent",
    "Account": "Konto",
    "In a": "Je",
    "minute": "Minute",
    "hour": "Stunde",
    "day": "Tag",
    "{n} seconds": "{n} Sekunden",
    "Requests left": "Anfragen übrig",
    "Refills": "Füllt sich",
    "Folders": "Ordner",
    "Folder": "Ordner",
    "watched": "beobachtet",
    "paused": "angehalten",
    "It is looked through every {n} seconds.": "Er wird alle {n} Sekunden durchgesehen.",
    "Last proven at {time}.": "Zuletzt bestätigt: {time}.",
    "No folder is watched just now.": "Gerade wird kein Ordner beobachtet.",
    "Account {name} is paused": "Konto {name} ist angehalten",
    "Account {name}: Closient can't be reached": "Konto {name}: Closient ist nicht erreichbar",
    "Account {name}: its quota is used up": "Konto {name}: Das Kontingent ist aufgebraucht",
    "Folder {name} is paused": "Ordner {name} ist angehalten",
    # photos
    "waits its turn": "wartet",
    "being sent": "wird gesendet",
    "being checked": "wird geprüft",
    "product not known yet": "Produkt noch unbekannt",
    "needs you": "braucht dich",
    "a copy": "eine Kopie",
    "the file is gone": "Datei ist weg",
    "replaced": "ersetzt",
    "moved": "verschoben",
    "Since": "Seit",
    "Until": "Bis",
    "all": "alle",
    "Find": "Suchen",
    "As a table": "Als Liste",
    "As pictures": "Als Bilder",
    "Try all of these again": "Alle diese noch einmal",
    "What can't be tried again says why.": "Was nicht geht, sagt warum.",
    "{n} new": "{n} neu",
    "No photo fits.": "Kein Foto passt dazu.",
    "So far this page has looked. “Older” looks on.": "Bis hierher hat diese Seite gesucht. „Ältere“ sucht weiter.",
    "Newest": "Neueste",
    "Older": "Ältere",
    "Take these along:": "Diese mitnehmen:",
    "All": "Alle",
    "Past": "Vergangen",
    "Photos with “{text}”": "Fotos mit „{text}“",
    "There is no such state of a photo.": "Diesen Zustand eines Fotos gibt es nicht.",
    "Choose one of those above the list.": "Bitte einen von denen über der Liste wählen.",
    "Only photos that stopped can be tried again.": "Noch einmal geht es nur für Fotos, die stehen geblieben sind.",
    "Choose those that need you, or wait.": "Bitte die wählen, die dich brauchen oder warten.",
    "This time is not understood.": "Diese Zeit ist nicht verständlich.",
    "Write a date (2026-11-23), a time (2026-11-23 16:30), or how long ago (3d, 12h).": (
        "Ein Datum (2026-11-23), eine Zeit (2026-11-23 16:30) oder wie lange her (3d, 12h)."
    ),
    "{n} photo is tried again.": "{n} Foto wird noch einmal versucht.",
    "{n} photos are tried again.": "{n} Fotos werden noch einmal versucht.",
    "{n} can't be: what keeps it stands beside it.": "Bei {n} geht es nicht: Der Grund steht daneben.",
    "{n} can't be: what keeps them stands beside them.": "Bei {n} geht es nicht: Die Gründe stehen daneben.",
    # one photo
    "File": "Datei",
    "Caption": "Bildtitel",
    "Image id": "Bild-ID",
    "Copy": "Kopieren",
    "Copied": "Kopiert",
    "Uploaded": "Hochgeladen",
    "First seen": "Zuerst gesehen",
    "Size": "Größe",
    "{n} MB": "{n} MB",
    "{n} bytes": "{n} Bytes",
    "Attempts": "Versuche",
    "Versions of this file": "Fassungen dieser Datei",
    "History": "Verlauf dieses Fotos",
    "It is tried again.": "Es wird noch einmal versucht.",
    "It can't be tried again as it is: see what is written beside it.": (
        "So geht es nicht noch einmal: Daneben steht, warum."
    ),
    "Closient refused it.": "Closient hat es abgelehnt.",
    "The name can't be read. Put the GTIN first and two underscores between the parts.": (
        "Der Name ist nicht lesbar. Zuerst die GTIN, und zwei Unterstriche zwischen den Teilen."
    ),
    "The number is no GTIN. Compare it with the one on the product.": (
        "Die Nummer ist keine GTIN. Bitte mit der auf dem Produkt vergleichen."
    ),
    "A part of the name is neither the caption nor “primary”.": (
        "Ein Teil des Namens ist weder der Bildtitel noch „primary“."
    ),
    "The caption is too long. 255 characters are the most.": "Der Bildtitel ist zu lang. Höchstens 255 Zeichen.",
    "This kind of file does not go. Export the photo as JPEG.": (
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
    "The products file does not have this SKU. It goes by itself once it does.": (
        "Die Produktdatei kennt diese SKU nicht. Sobald sie sie kennt, geht es von selbst."
    ),
    "The shot list does not have this code.": "Die Aufnahmeliste kennt diesen Code nicht.",
    "A GTIN has 8, 12, 13 or 14 digits; “{digits}” has {n}.": (
        "Eine GTIN hat 8, 12, 13 oder 14 Ziffern; „{digits}“ hat {n}."
    ),
    "“{digits}” is all zeros: no product has that GTIN.": (
        "„{digits}“ besteht nur aus Nullen: Diese GTIN hat kein Produkt."
    ),
    "“{digits}” is no GTIN: its last digit would have to be {right}, or another digit is wrong.": (
        "„{digits}“ ist keine GTIN: Die letzte Ziffer müsste {right} sein, oder eine andere ist falsch."
    ),
    "“{digits}” is no GTIN: eight digits that begin with 0 are a number for inside a shop.": (
        "„{digits}“ ist keine GTIN: Acht Ziffern mit einer 0 vorn sind eine Nummer für den Laden."
    ),
    "“{digits}” is a UPC-E, short for the GTIN {long}.": "„{digits}“ ist ein UPC-E, kurz für die GTIN {long}.",
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
    "No product fits.": "Kein Produkt passt dazu.",
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
    "So far this page has looked. “Next” looks on.": "Bis hierher hat diese Seite gesucht. „Weiter“ sucht weiter.",
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
    "One a line": "Einen je Zeile",
    "Look": "Ansehen",
    "fits": "passt",
    "does not": "passt nicht",
    "no caption": "ohne Bildtitel",
    "Such files are left alone.": "Solche Dateien bleiben unbeachtet.",
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
    "This page was asked for under a name that is not its own.": (
        "Diese Seite wurde unter einem Namen aufgerufen, der nicht ihrer ist."
    ),
    "Ask for it as 127.0.0.1, or have the name added to allowed_hosts in [web].": (
        "Bitte als 127.0.0.1 aufrufen, oder den Namen bei allowed_hosts in [web] eintragen lassen."
    ),
    "That is too much at once.": "Das ist zu viel auf einmal.",
    "Send less.": "Bitte weniger senden.",
    "This was sent by another site.": "Das hat eine andere Seite geschickt.",
    "Go back, reload the page, and try again.": "Bitte zurückgehen, die Seite neu laden und noch einmal versuchen.",
    "Sign in first.": "Bitte zuerst anmelden.",
    "The page to do so is /sign-in.": "Das geht auf der Seite /sign-in.",
    "You may look, and not act.": "Ansehen ist erlaubt, ändern nicht.",
    "Sign in with the other password to do that.": "Dafür bitte mit dem anderen Passwort anmelden.",
}
