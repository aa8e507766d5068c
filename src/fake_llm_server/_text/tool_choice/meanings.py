"""Words that mean much the same where tools are concerned, in a few languages.

A group is a thing or an action that tools are made for. A word may be in several groups. The words are
ordinary ones, as they stand in requests and in descriptions; they are compared without their endings.
"""

from fake_llm_server._text.tool_choice.words import plain_words, stem

_THINGS = """
weather rain rainy raining sunny snow snowing umbrella hot cold warm humid humidity wind windy storm temperature degrees climate wetter regen regnet regnen sonnig schnee temperatur meteo temps pluie pleut soleil neige temperature clima tiempo lluvia llueve temperatura tempo piove 天気 気温 天气
forecast tomorrow outlook vorhersage prevision pronostico previsioni 予報
pollution polluted polluting air aqi smog luft air aire
time clock o'clock hour timezone uhrzeit uhr heure hora ora 時間 時刻
web internet online google website browse www netz webpage ウェブ
news headline headlines article articles nachrichten nouvelles actualites noticias notizie
document documents documentation docs policy policies handbook wiki knowledge manual guideline dokument dokumente documento
calendar event events meeting meetings appointment appointments agenda schedule scheduled busy free kalender termin termine besprechung calendrier rendez reunion evenement calendario evento cita reunion
reminder remind reminders alarm timer erinnerung erinnere rappel rappelle recordatorio recuerdame
email emails e-mail mail mails inbox mailbox gmail courriel courrier correo posta
sms texting whatsapp
message messages msg dm slack chat notify notification nachricht nachrichten mensaje message messaggio
phone telephone call dial ring mobile telefon anrufen telephone telefono
contact contacts address book adressbuch kontakt contacto
sql query queries database databases db select datenbank base datos
table tables schema tabelle
column columns field fields spalte
file files document datei dateien fichier fichiers archivo archivos contents path
directory directories folder folders ordner verzeichnis dossier carpeta
shell command commands terminal bash console script befehl commande comando cmd
test tests pytest suite unittest
git commit repository repo branch
pull request pr merge
issue issues bug bugs
product products item items catalogue catalog shop store sell buy article produkt produkte artikel produit produits producto productos
order orders delivery delivered shipped shipping shipment package parcel track tracking bestellung bestellungen lieferung paket commande commandes colis livraison pedido pedidos envio
cart basket warenkorb panier carrito
refund refunds reimburse reimbursement money-back erstattung erstatten rembourser reembolso
invoice invoices bill receipt rechnung facture factura
calculate calculation calculator compute math maths arithmetic expression evaluate solve equation formula rechnen berechne berechnen rechner ausrechnen calcul calcule calculer calculadora calcula calcular
add addition plus sum adding total addiere summe addiert somme ajoute additionne suma sumar
subtract subtraction minus difference subtrahiere soustraction resta restar
multiply multiplication times product multiplied multipliziere mal multiplie multiplica
divide division divided quotient dividiere geteilt divise divide
power exponent exponentiation squared cubed
root sqrt square
currency currencies exchange money dollar dollars euro euros usd eur gbp yen pound pounds wahrung wechselkurs devise moneda cambio
unit units measurement miles mile kilometers kilometres km feet foot meters metres inches cm pounds kg kilograms celsius fahrenheit liters gallons einheit einheiten
price prices priced cost costs cheap cheaper expensive dollars euros usd preis preise kosten prix precio precios
stock stocks share shares ticker equity nasdaq trading aktie aktien kurs action bourse accion acciones
history historical historic past timeline
company companies firm corporation business headquarters ceo founder founded unternehmen firma entreprise empresa
flight flights fly flying airline airport plane airplane flug fluge fliegen vol vols avion vuelo vuelos volo
hotel hotels room rooms accommodation stay lodging unterkunft zimmer chambre hebergement habitacion
restaurant restaurants table dinner lunch reservation eat tisch mesa
train trains railway zug zuge bahn tren
car cars rental rent auto voiture coche
taxi uber ride cab
recipe recipes cook cooking dish meal ingredients rezept rezepte kochen recette recettes cuisiner receta recetas
translate translation translator say language languages ubersetze ubersetzen ubersetzung sprache traduire traduis traduction traduce traducir traduccion idioma
light lights lamp lamps lighting bulb licht lampe lumiere luz luces
thermostat heating heat heater degrees heizung chauffage calefaccion temperature warmer cooler
music song songs artist album playlist listen hear spotify musik lied musique chanson musica cancion
movie movies film films cinema kino pelicula
image images picture pictures photo photos drawing illustration bild bilder foto imagen dessin
route directions navigate navigation way travel path drive walk walking driving transit distance strecke weg itineraire trajet ruta camino map
location nearby near place places map maps
ticket tickets support incident helpdesk case
user users profile account member person benutzer nutzer profil utilisateur usuario
customer customers client clients kunde kunden cliente
employee employees staff colleague mitarbeiter
balance account accounts bank saldo konto solde compte cuenta
transfer wire pay payment send money remit uberweise uberweisen uberweisung virement transferir transferencia
player character
dice die roll wurfel
password login credentials
joke jokes witz
todo todos task tasks aufgabe aufgaben tache tareas tarea
note notes notiz notizen
random number coin
population inhabitants einwohner
summary summarize summarise zusammenfassung
code python execute program script
"""

_ACTIONS = """
get fetch retrieve show give tell return see view display check lookup what's zeige zeig gib hole abrufen montre donne obtenir affiche muestra dame obtener obtiene consulta ruft
search find look seek searching suche suchen such finde finden cherche chercher trouve trouver busca buscar encuentra cerca 検索
list which all overview auflisten liste lister listar
create make new add open schedule book plan set register log start anlegen lege erstelle erstellen legt neuer neue neuen cree creer ajoute ajouter crea crear anade
delete remove cancel erase drop loschen losche entferne entfernen storniere supprime supprimer annule annuler elimina eliminar borra borrar cancela cancelar
update change edit modify move reschedule rename set andere andern verschiebe modifie modifier change cambia cambiar actualiza
send write email mail text message forward notify tell sende senden sendet schicke schick schicken verschicke schreibe envoie envoyer ecris envia enviar manda escribe
read open show see contents content display cat lies lesen offne lis lire ouvre lee leer abre
write save store put create append schreibe speichere speichern ecris enregistre guarda
run execute start launch ausfuhren fuhre starte execute lance ejecuta
book reserve reservation buche buchen reserviere reservieren reserve reserver reservar reserva
cancel annul stop
buy purchase order add put checkout kaufe kaufen bestelle bestellen achete acheter commander compra comprar
close resolve resolved solved finish done complete schliesse schliessen ferme fermer cierra cerrar
assign give hand delegate zuweisen weise
play listen hear start spiele spiel joue jouer reproduce
turn switch on off toggle dim schalte ein aus allume eteins enciende apaga
convert exchange change umrechnen rechne convertir convierte
generate create draw make paint design generiere zeichne male genere dessine dibuja genera
transfer send pay move
refund return reimburse
"""


def _read_groups(text: str, kind: str) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in text.strip().splitlines():
        words = line.split()
        for word in words:
            for part in plain_words(word):
                groups.setdefault(stem(part), set()).add(f"{kind}:{words[0]}")
    return {word: frozenset(names) for word, names in groups.items()}


THINGS = _read_groups(_THINGS, "thing")
"""From a word to the things that it may mean."""

ACTIONS = _read_groups(_ACTIONS, "action")
"""From a word to the actions that it may mean."""

_COMMON = (
    "get find show give tell list fetch return look search check make set run use call current currently given user "
    "name value id information info data result results number text item input output function tool new good great "
    "day date today now latest using by specific particular based provided optional default string integer "
    "want need like help know think thing way people person see please take go one two first last next write read "
    "create add open send update change put start say word words list details place state e g such example format "
    "ok okay hi hello want free free-text type types content contents query request requests all"
)
COMMON = frozenset(stem(word) for word in _COMMON.split())
"""Words that stand in many requests and descriptions, so that they prove little."""

LOOKING = frozenset(
    stem(word)
    for word in "get fetch list find search show read lookup look check describe retrieve query view browse count".split()
)
"""Verbs of tools that look something up."""

DOING = frozenset(
    stem(word)
    for word in (
        "create add make delete remove cancel send update edit set write book reserve close assign move post put "
        "transfer pay buy order schedule reply forward upload"
    ).split()
)
"""Verbs of tools that do something."""
