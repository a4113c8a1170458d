from __future__ import annotations

from server.access.municipalities import danish_order, register, slug_of


def test_the_register_has_98_municipalities_with_the_population_of_2020() -> None:
    municipalities = register().values()
    assert len(municipalities) == 98
    assert sum(each.population for each in municipalities) == 5_822_679


def test_slugs_spell_the_danish_letters_out() -> None:
    assert slug_of("Ærø") == "aeroe"
    assert slug_of("Høje-Taastrup") == "hoeje-taastrup"
    assert slug_of("Århus") == "aarhus"
    assert {"aalborg", "aarhus", "aeroe", "soroe"} <= set(register())


def test_names_sort_with_danish_letters_last_and_aa_as_a_ring() -> None:
    names = ["Aarhus", "Ærø", "Vejle", "Aabenraa", "Allerød", "Ørsted", "Aalborg"]
    assert sorted(names, key=danish_order) == [
        "Allerød",
        "Vejle",
        "Ærø",
        "Ørsted",
        "Aabenraa",
        "Aalborg",
        "Aarhus",
    ]


def test_the_four_island_municipalities_are_marked() -> None:
    islands = {each.slug for each in register().values() if each.is_island}
    assert islands == {"fanoe", "laesoe", "samsoe", "aeroe"}


def test_bornholm_has_its_formal_name() -> None:
    assert register()["bornholm"].full_name == "Bornholms Regionskommune"
    assert register()["aalborg"].full_name == "Aalborg Kommune"
