"""Words that decide where an English sentence ends. Lower case, without the last full stop."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Titles and the like: a name or a number follows, so their full stop ends nothing.
TITLES = _words(
    "mr mrs ms mx messrs dr prof sen sens rep reps gov govs lt col gen maj capt cmdr adm sgt cpl pvt pte det insp supt "
    "rev fr hon pres sec amb atty asst assoc dep ste mt ft"
)
# Abbreviations that stand before something in any spelling.
CONNECTING = _words("vs v cf viz e.g i.e eg ie approx")
# Ordinary words, or abbreviations if a number follows: "no. 5".
BEFORE_A_NUMBER = _words("no nos art fig figs vol p pp para sec ch")

# May end a sentence: they do if a word follows that usually opens one.
MAY_END = _words(
    "st inc ltd co cos corp plc llc bros jr sr esq jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed "
    "thu thur thurs fri sat dept univ ave blvd rd hwy calif fla mich minn wis ariz okla ore tenn tex conn colo ala mo "
    "ph.d cir civ crim fed app ct supp"
)
# The same, also in lower case.
MAY_END_LOWER = _words("etc al")

OPENING_WORDS = _words(
    "the a an this that these those there here he she it they we i you his her its their our my your in on at as for "
    "from by with without after before since until while when where why what who how if although though because "
    "despite but and or so yet however meanwhile still now then also no not nor neither both all some many most few "
    "several each every one two asked according under over during among between last next later earlier"
)
# A line that ends on one of these has been broken in mid-sentence.
RUNNING_WORDS = _words("the a an of to in on at by for with from and or but that which who as is was were")

TIME_WORDS = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thurs Fri Sat Sun January February "
    "March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov "
    "Dec Eastern Central Mountain Pacific Greenwich Local"
)

SPEECH_VERBS = (
    "said", "says", "asked", "told", "replied", "added", "shouted", "cried", "wrote", "warned", "insisted", "demanded",
    "yelled", "wondered", "snapped", "tweeted", "posted",
)  # fmt: skip
