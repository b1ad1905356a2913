// The words of phrases, written by scripts/swift-words: 1,024 of them, ten bits each.

let phraseWords = """
    acacia acorn acrobat aerial afternoon aircraft airline airmail airport airship albatross album alley alligator almond alpaca
    altitude amethyst amplifier anchovy angle antenna anthem antique anvil aperture appetizer applause apricot apron aquarium arcade
    archive arena armchair article artwork ashtray asparagus asteroid astronaut athlete atlas attic audio autograph autumn avenue
    avocado awning azalea backpack bakery balance ballroom bamboo bandwagon banquet barber baritone barnacle baseball basil bathrobe
    beak beanbag bedrock beehive beeswax begonia bellhop beverage billfold binocular birdbath birthday bison blackbird blanket blender
    blizzard blossom blouse blueberry boardwalk bobcat bodyguard bonfire bonsai bookcase boomerang botanist boxer boxwood bracelet
    breakfast briefcase bristle broadcast bronze broom brother buckle budget buffalo builder bulldozer bungalow burlap butterfly buzzer
    cabana cabbage caboose cactus cafeteria calendar calorie calypso camel campfire canary canister canoe capsule captain caravan
    cardigan caretaker carnation carousel carpenter cartoon carving cashier cassette catfish cattle cauldron cavern ceiling celery cello
    cement centipede ceramic chair chameleon chapter charcoal checkbook cheddar cheese chef chervil chestnut chickpea chimney chipmunk
    chisel chocolate cinema cinnamon circuit citrus clarinet cleaner cliff climbing clipboard cloakroom clockwork clothing clover club
    coastline cobbler cobweb coffee coleslaw college column comedy comic compass concrete conductor confetti conifer console container
    convoy cookbook copper corkscrew cornbread corridor cosmos costume cottage county courtyard cousin coyote cranberry crayon creamery
    crescent crocodile crossword crunch crust crystal cubicle curfew curry cushion custard cutlet cyclist cylinder daffodil daisy
    dandelion darkroom dartboard dawn daybreak decanter decimal decorator denim dentist depot desert designer desktop dewdrop diagram
    diamond dinner dinosaur diploma director discovery dishcloth dispatch distance dockyard document doghouse dolphin domino doodle
    doorbell dough downpour dragonfly drainpipe dresser driftwood drizzle drumstick dryer dumpling duplex dusk dustpan duvet dwelling
    earmuff earplug ebony editor eggshell egret elastic elder elegance elephant elevator elixir embassy emerald emoji engine enigma
    envelope episode eraser escalator essay etching evergreen eyebrow eyeglass eyeliner eyepiece fabric factory fairway family fanfare
    farmhand faucet feather fencing festival fiddler fieldwork filling film finch firefly fisherman flagpole flamingo flapjack flicker
    flint floodgate florist floss flounder flowerpot fluid fondue football forehead forge forklift formula fortune fossil fountain
    foxglove fragrance frame freckle freezer friend fritter frosting frown furniture galaxy galleon gangway garage gardener gargoyle
    garlic garment gatepost gazebo gearbox gecko gelatin gemstone generator geranium gerbil giraffe glacier glasses glimmer gnome
    goalpost goblet goldfish gondola granola grassland greenery griddle grill grocery groundhog guidebook guitarist gumbo gumdrop
    gymnast habitat hacksaw hailstone hairbrush hallmark halo hamburger hammock handbag hardware harmonica harvest hawthorn hayloft
    haystack hazelnut headband heartbeat hedgerow height heirloom heliport helmet herring hexagon hickory highchair hilltop hobby hockey
    holiday homework honeycomb hoof hopscotch horizon hornet horseshoe hotcake hound hourglass housecoat hyacinth hydrant iceberg icecap
    icicle icing igloo iguana imprint inkblot innkeeper insect inventor ironing island ivory jaguar janitor jasmine jeans jeep jellyfish
    jester jetty jigsaw journal jubilee juggler jukebox jumpsuit junction juniper karaoke kayak keepsake kennel keyboard kickstand
    kingdom kiosk knapsack knitting koala ladle ladybug lampshade landscape lantern laptop lasso laundry laurel lavender leaflet
    leapfrog ledger lemonade lemur lentil leopard letterbox library lichen lifeboat lightning lilac limestone lipstick liquid livestock
    llama lobster locksmith logbook lollipop lotus lounge luggage lunchbox lute lyrics macaroon machine mackerel magazine magnolia
    magpie mahogany mailbox mainland mammal manager mandolin mango manicure mansion marathon marble margin marigold market marsh
    marzipan mascara matchbox mattress mealtime meatball mechanic medallion meeting megaphone melody member menu merchant mermaid
    message meteor microwave midnight midpoint mileage milkshake millstone mime mimosa mineral minibus miracle mirror mistletoe mitten
    mobile monogram moonlight moped morning morsel mosaic moth motorbike mousetrap mulberry museum mushroom musician muskrat mystery
    nachos narrator navigator necklace nectarine needle nephew newspaper newt nickname nightcap nitrogen notebook novelist nozzle
    nutshell oatmeal oboe ocean octagon octopus odyssey office okra olive onion optician orange orchid oregano origami ornament osprey
    ostrich ottoman outdoors outfit outpost oval overalls padlock pageant pamphlet pancake panhandle panorama pantomime papaya paperback
    paprika parachute parchment parsley partner passenger pastry patchwork patient patrol pavement pavilion paycheck pebble pedestal
    pelican pendulum penguin pennant penthouse perfume periscope petunia pharmacy phone physics pianist pickup picnic picture pigeon
    pigtail pilot pinball pinstripe pinwheel pioneer piranha pistachio pitcher pixel pizza placard plank plaster platform playpen
    plumage pocketful podium poem polka pollen polygraph pompom poncho pontoon popcorn poplar porcupine porridge portrait position
    postcard potholder pottery powerboat prairie presenter pretzel primrose printout prism professor projector promenade propeller
    prospect province publisher puddle puffin pullover pumpkin puppet purse pushcart pyramid quadrant quartet quicksand quiver quiz
    quotation rabbit radiator raft railroad raincoat raisin rancher rapids raspberry ravine reception recipe recorder redwood referee
    refinery reindeer relish replica rhino ribbon ridge rigging ripple riverbed roadblock rock rooftop roommate rosemary rucksack rugby
    ruler saddlebag safari safeguard sailboat salsa sandwich sapling sapphire sardine satchel satellite sawdust sawmill saxophone
    scallop scanner scarecrow scooter scorpion scout screen scribble scroll sculpture seafood seaplane seashore seaweed secretary
    seedling seesaw seminar sequoia serenade sesame settler shampoo sharpener shawl shepherd sherbet shield shingle shipyard shirt
    shoelace shoreline shovel showroom shrimp shrubbery shuttle sidecar signal silver sketch skewer skillet skyline sled sleeve
    slingshot slipper smoke smoothie snack snapshot sneaker snorkel snowdrop soccer software songbird soprano sourdough soybean
    spaceship sparkle spatula spearmint spectrum speedboat spinach spiral splash splinter spoonful sportsman spotlight sprinkler spruce
    stadium stagehand staircase stamp stapler starfish station steamboat steeple stencil stereo steward stingray stopwatch storage
    strainer stream string stroller strudel student submarine subway sugarcane suitcase summer sunbeam sundown sunflower sunlight
    sunrise sunset surfboard surveyor sushi suspender swan swimsuit sycamore symphony syrup tailor talisman tamale tanker tapestry
    tapioca tartan tassel taxicab teacup teakettle teamwork tearoom teaspoon telegraph template terrace textbook thatch thermos thimble
    thriller thumb thunder tiger timepiece tinfoil toast toboggan tofu toggle tollbooth tomato tongs toolbox topaz topping topsoil torch
    tortoise toucan tourist townhouse train transit trapdoor treadmill treetop trellis triangle tricycle trinket tripod trombone trophy
    trousers trowel truckload truffle trumpet trunk tuba tugboat tulip tumbler turbine turnstile turquoise turret turtle twig twilight
    twister umbrella umpire underpass uniform universe upgrade upstairs usher valentine valve varnish vegetable vehicle vendor viaduct
    video villa vinegar vintage vinyl violin visitor vitamin vocalist volcano voucher waffle wagon waistcoat waiter walkway wallpaper
    walrus waltz wardrobe warehouse washboard watchman waterfall weaver wedding weekend wheelbase whirlpool whisper wicket width
    wildlife willow windmill wingspan wireless wisdom wishbone witness wizard wombat wonder woodland workbench wrinkle wristband
    yardstick yearbook yoga zebra zigzag zodiac zoology
    """.split(whereSeparator: \.isWhitespace).map(String.init)
