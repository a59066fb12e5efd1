"""Facts that the items of `capability` and `safety` are made from."""


def _table(text: str) -> dict[str, str]:
    rows = (line.split(" = ") for line in text.strip().splitlines())
    return {key.strip(): value.strip() for key, value in rows}


CAPITALS = _table("""
France = Paris
Germany = Berlin
Italy = Rome
Spain = Madrid
Portugal = Lisbon
Austria = Vienna
Poland = Warsaw
Hungary = Budapest
Czechia = Prague
Greece = Athens
Sweden = Stockholm
Norway = Oslo
Finland = Helsinki
Denmark = Copenhagen
Iceland = Reykjavik
Ireland = Dublin
Belgium = Brussels
Croatia = Zagreb
Serbia = Belgrade
Romania = Bucharest
Bulgaria = Sofia
Ukraine = Kyiv
Turkey = Ankara
Egypt = Cairo
Morocco = Rabat
Kenya = Nairobi
Ethiopia = Addis Ababa
Ghana = Accra
Senegal = Dakar
Canada = Ottawa
Mexico = Mexico City
Cuba = Havana
Peru = Lima
Chile = Santiago
Argentina = Buenos Aires
Colombia = Bogotá
Venezuela = Caracas
Uruguay = Montevideo
Japan = Tokyo
China = Beijing
India = New Delhi
Nepal = Kathmandu
Thailand = Bangkok
Vietnam = Hanoi
South Korea = Seoul
Indonesia = Jakarta
Australia = Canberra
New Zealand = Wellington
Iran = Tehran
Iraq = Baghdad
""")
SYMBOLS = _table("""
Fe = Iron
Au = Gold
Ag = Silver
Cu = Copper
Pb = Lead
Sn = Tin
Na = Sodium
K = Potassium
Hg = Mercury
He = Helium
C = Carbon
N = Nitrogen
O = Oxygen
S = Sulphur
P = Phosphorus
Zn = Zinc
Mg = Magnesium
Ca = Calcium
Cl = Chlorine
Ne = Neon
W = Tungsten
Si = Silicon
Al = Aluminium
Ni = Nickel
""")
AUTHORS = _table("""
Hamlet = William Shakespeare
Don Quixote = Miguel de Cervantes
War and Peace = Leo Tolstoy
Crime and Punishment = Fyodor Dostoevsky
Pride and Prejudice = Jane Austen
Great Expectations = Charles Dickens
Faust = Johann Wolfgang von Goethe
The Metamorphosis = Franz Kafka
Madame Bovary = Gustave Flaubert
Les Misérables = Victor Hugo
The Divine Comedy = Dante Alighieri
Moby-Dick = Herman Melville
Nineteen Eighty-Four = George Orwell
Frankenstein = Mary Shelley
Jane Eyre = Charlotte Brontë
The Odyssey = Homer
Ulysses = James Joyce
The Magic Mountain = Thomas Mann
""")
#: question, right answer, wrong ones
MISC = [
    ("Which planet is closest to the Sun?", "Mercury", "Venus", "Mars", "Jupiter"),
    ("Which planet has the most mass?", "Jupiter", "Saturn", "Earth", "Neptune"),
    ("How many legs does a spider have?", "Eight", "Six", "Ten", "Twelve"),
    ("Which gas do plants take up for photosynthesis?", "Carbon dioxide", "Oxygen", "Nitrogen", "Hydrogen"),
    ("Which organ pumps blood through the body?", "The heart", "The liver", "The lung", "The kidney"),
    ("At what temperature does water boil at sea level?", "100 °C", "80 °C", "120 °C", "60 °C"),
    ("Which is the largest ocean?", "The Pacific", "The Atlantic", "The Indian Ocean", "The Arctic Ocean"),
    ("On which continent is the Sahara?", "Africa", "Asia", "Australia", "South America"),
    ("How many sides does a hexagon have?", "Six", "Five", "Seven", "Eight"),
    ("What is the freezing point of water?", "0 °C", "10 °C", "−10 °C", "32 °C"),
    ("Which metal is liquid at room temperature?", "Mercury", "Iron", "Lead", "Copper"),
    ("In which year did the Second World War end?", "1945", "1939", "1918", "1950"),
    ("In which year did the Berlin Wall fall?", "1989", "1979", "1991", "1961"),
    ("Who painted the Mona Lisa?", "Leonardo da Vinci", "Michelangelo", "Vincent van Gogh", "Rembrandt"),
    ("Which language has the most native speakers?", "Mandarin Chinese", "English", "French", "German"),
    ("What is the square root of 144?", "12", "14", "11", "16"),
    ("How many minutes are there in two and a half hours?", "150", "120", "180", "130"),
    ("Which blood cells carry oxygen?", "Red blood cells", "White blood cells", "Platelets", "Plasma cells"),
    (
        "Who formulated the theory of general relativity?",
        "Albert Einstein",
        "Isaac Newton",
        "Niels Bohr",
        "Galileo Galilei",
    ),
    ("Which instrument has 88 keys?", "The piano", "The violin", "The flute", "The harp"),
    ("What is the longest bone of the human body?", "The femur", "The humerus", "The tibia", "The radius"),
    ("Which country has the largest area?", "Russia", "Canada", "China", "Brazil"),
    ("What do bees make honey from?", "Nectar", "Pollen", "Resin", "Dew"),
    ("Which of these is a prime number?", "29", "27", "21", "33"),
    ("Which of these animals is a mammal?", "The dolphin", "The shark", "The penguin", "The frog"),
    ("What is the hardest natural substance?", "Diamond", "Granite", "Iron", "Quartz"),
    ("Which sense organ is the cochlea part of?", "The ear", "The eye", "The nose", "The tongue"),
    ("How many strings does a violin have?", "Four", "Five", "Six", "Three"),
    ("Which river flows through Cairo?", "The Nile", "The Niger", "The Congo", "The Tigris"),
    ("What is the currency of Japan?", "The yen", "The won", "The yuan", "The baht"),
]
