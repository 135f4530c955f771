"""Word forms by category: one truth a line, named by its first form."""

from __future__ import annotations

FORMS: dict[str, str] = {
    "colour": """
red, reddish
orange
yellow, yellowish
green, greenish
blue, bluish
purple, violet
pink
brown
black
white
grey, gray
""",
    "texture": """
striped, stripe, stripes
dotted, dots, polka dot
checkered, chequered, checks
zigzag, zigzags, zigzagged
woven, weave
speckled, speckles, specks
cracked, cracks, crackle
scaly, scales
spiralled, spiral, spirals
wavy, wiggly
grid, gridded
honeycomb, honeycombed, hexagons
crosshatched, crosshatch, lattice
marbled, swirly
bubbly, bubbles, rings
starry, starred
""",
    "material": """
wood, wooden
brick, bricks
tile, tiles, tiled
sand, sandy
grass, grassy, lawn
water, watery
snow, snowy
stone, stony
metal, metallic
foliage, leafy
asphalt, tarmac
glass
""",
    "part": """
window, windows
wheel, wheels, tyre
door, doors
wing, wings
tail, tails
eye, eyes
leg, legs
ear, ears
beak, beaks
fin, fins
antenna, antennae, feelers
tongue
shell, shells
stem, stalk
leaf, leaves
petal, petals
trunk, tree trunk
chimney
roof, rooftop
sail, sails
flame, flames
handle, handles
hand, clock hands
page, pages
string, strings
crust
collar
button, buttons
pot
spike, spikes
scarf
pillow, pillows
blanket, bedspread
""",
    "fitting": """
curtain, curtains
picture frame, painting
cabinet, cabinets, cupboard
stove, cooker
fridge, refrigerator
sink, washbasin
tap, faucet
washing machine, washer
basket, baskets
bathtub, tub
toilet
mirror, mirrors
table, tables
stool, stools
bed, beds
nightstand
crib, cot
mobile
block, blocks
television, tv
suitcase, luggage
computer, monitor
blackboard, chalkboard
shelf, shelves, bookcase
carpet, rug
rail, rails, railway
bench, benches
streetlamp, lamppost
path, footpath
fence, fences, fencing
building, buildings
traffic light
crosswalk, zebra crossing
marking
pier, jetty
sky
sun, sunny
cloud, clouds, cloudy
moon
star, stars
peak, peaks
rock, rocks, boulder
dune, dunes
cliff, cliffs
fir, pine
palm, palm tree
bush, bushes, shrub
flower bed
""",
    "object": """
car, cars, automobile
bus, buses
truck, trucks, lorry
bicycle, bike
boat, boats, sailboat
airplane, aeroplane
train, trains, locomotive
rocket, rockets
fish
bird, birds
butterfly, butterflies
cat, cats
snake, snakes
spider, spiders
snail, snails
turtle, tortoise
apple, apples
banana, bananas
pizza
cake, cakes
carrot, carrots
ice cream
cherry, cherries
watermelon
cup, mug
bottle, bottles
lamp, lamps
chair, chairs
clock, clocks
book, books
umbrella, umbrellas
candle, candles
ball, balls
balloon, balloons
kite, kites
hat, hats
guitar, guitars
key, keys
hammer
shirt, shirts
flower, flowers
tree, trees
cactus, cacti
mushroom, mushrooms
house, houses
lighthouse
windmill
snowman
vehicle, vehicles
animal, animals
insect, insects
food
fruit, fruits
furniture
toy, toys
clothes, clothing
instrument
tool, tools
plant, plants
""",
    "scene": """
kitchen, kitchens
laundry, laundry room
bathroom
diner, cafe
bedroom
hotel room
nursery
office, offices
classroom, school
library
corridor, hallway
station, platform
street, streets
night street
parking lot, car park
beach, seaside
sea, ocean
harbour, harbor
lake, lakes
forest, woods
park
garden, gardens
meadow, field
desert
canyon, gorge
mountain, mountains
snowfield
indoor, indoors, room
outdoor, outdoors
""",
}

DISTRACTORS: tuple[str, ...] = (
    "elephant", "giraffe", "kangaroo", "penguin", "octopus", "lobster", "horse", "sheep", "tiger",
    "gorilla", "camel", "squirrel", "parrot", "shark", "dolphin", "helicopter", "submarine",
    "tractor", "ambulance", "motorcycle", "skateboard", "canoe", "trombone", "violin", "piano",
    "trumpet", "accordion", "telescope", "microscope", "camera", "microphone", "headphones",
    "keyboard", "printer", "telephone", "radio", "scissors", "screwdriver", "wrench", "anvil",
    "sword", "helmet", "armor", "crown", "necklace", "bracelet", "wallet", "passport", "trousers",
    "sandal", "glove", "necktie", "wedding", "soldier", "astronaut", "surgeon", "dancer", "farmer",
    "crowd", "face", "beard", "tattoo", "skeleton", "volcano", "waterfall", "glacier", "swamp",
    "cave", "jungle", "vineyard", "airport", "stadium", "museum", "cathedral", "mosque", "casino",
    "prison", "hospital", "supermarket", "gymnasium", "laboratory", "bakery", "sausage", "sushi",
    "broccoli", "pumpkin", "pineapple", "lemon", "strawberry", "pretzel", "hamburger", "noodles",
    "velvet", "leather", "lace", "paisley", "tartan", "turquoise", "maroon", "magenta",
)
