"""Word forms by category: one truth a line, named by its first form."""

from __future__ import annotations

FORMS: dict[str, str] = {
    "colour": """
red, reddish
orange
yellow
green
blue
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
zigzag, zigzagged
woven, weave
speckled, speckles
cracked, cracks
scaly, scales
spiralled, spiral, spirals
wavy, wiggly
grid, gridded
honeycomb, honeycombed
crosshatched, crosshatch
marbled, swirly
bubbly, bubbles
starry, starred
""",
    "material": """
wood, wooden
brick, bricks
tile, tiles, tiled
sand, sandy
grass, grassy
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
wheel, wheels
door
wing, wings
tail
eye
leg
ear
beak
fin
antenna
tongue
shell
stem, stalk
leaf
petal, petals
trunk
chimney
roof, rooftop
sail
flame
handle
hand, clock hands
page
string
crust
collar
button
pot
spike
scarf
pillow
blanket, bedspread
""",
    "fitting": """
curtain
picture frame, painting
cabinet, cupboard
stove, cooker
fridge, refrigerator
sink, washbasin
tap
washing machine, washer
basket
bathtub, tub
toilet
mirror
table
stool
bed
nightstand
crib, cot
mobile
block
television, tv
suitcase
computer
blackboard, chalkboard
shelf, bookcase
carpet, rug
rail, rails, railway
bench
streetlamp, lamppost
path, footpath
fence, fences
building
traffic light
road marking, crosswalk
pier, jetty
sky
sun, sunny
cloud, cloudy
moon
star
peak
rock, boulder
dune
cliff
fir, pine
palm, palm tree
bush, shrub
flower bed
""",
    "object": """
car, cars, automobile
bus
truck, trucks
bicycle, bike
boat, sailboat
airplane, aeroplane
train, trains, locomotive
rocket
fish
bird
butterfly
cat, cats
snake
spider
snail
turtle, tortoise
apple
banana
pizza
cake
carrot
ice cream
cherry
watermelon
cup, mug
bottle
lamp
chair
clock, clocks
book
umbrella
candle
ball, balls
balloon
kite
hat
guitar
key
hammer
shirt
flower, flowers
tree, trees
cactus
mushroom
house, houses
lighthouse
windmill
snowman
vehicle
animal, animals
insect
food
fruit
furniture
toy
clothes, clothing
instrument
tool, tools
plant
""",
    "scene": """
kitchen
laundry, laundry room
bathroom
diner, cafe
bedroom
hotel room
nursery
office
classroom, school
library
corridor, hallway
station, platform
street
night street
parking lot, car park
beach, seaside
sea, ocean
harbour, harbor
lake
forest, woods
park
garden
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
    "elephant",
    "giraffe",
    "kangaroo",
    "penguin",
    "octopus",
    "lobster",
    "horse",
    "sheep",
    "tiger",
    "gorilla",
    "camel",
    "squirrel",
    "parrot",
    "shark",
    "dolphin",
    "helicopter",
    "submarine",
    "tractor",
    "ambulance",
    "motorcycle",
    "skateboard",
    "canoe",
    "trombone",
    "violin",
    "piano",
    "trumpet",
    "accordion",
    "telescope",
    "microscope",
    "camera",
    "microphone",
    "headphones",
    "keyboard",
    "printer",
    "telephone",
    "radio",
    "scissors",
    "screwdriver",
    "wrench",
    "anvil",
    "sword",
    "helmet",
    "armor",
    "crown",
    "necklace",
    "wallet",
    "passport",
    "trousers",
    "sandal",
    "glove",
    "soldier",
    "astronaut",
    "surgeon",
    "dancer",
    "farmer",
    "crowd",
    "face",
    "beard",
    "tattoo",
    "skeleton",
    "volcano",
    "waterfall",
    "glacier",
    "swamp",
    "cave",
    "jungle",
    "vineyard",
    "airport",
    "stadium",
    "museum",
    "cathedral",
    "mosque",
    "casino",
    "hospital",
    "supermarket",
    "laboratory",
    "bakery",
    "sausage",
    "sushi",
    "broccoli",
    "pumpkin",
    "pineapple",
    "lemon",
    "strawberry",
    "pretzel",
    "hamburger",
    "noodles",
    "velvet",
    "leather",
    "lace",
    "paisley",
    "tartan",
    "turquoise",
    "maroon",
    "magenta",
)
