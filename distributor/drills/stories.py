"""The built-in stories of the demo: a dateline, Cyrillic, an emoji, a very long headline, images, two sections.

Public bodies and weather only: no person in them, real or invented.
"""

from __future__ import annotations

from typing import Any

#: Ready for the loopback newsroom's ``publish`` command, oldest first.
STORIES: tuple[dict[str, Any], ...] = (
    {
        "section": "politics",
        "headline": "Parliament passes law on open procurement data",
        "dateline": "MINSK, 24 November (Demo News) –",
        "summary": "",
        "paragraphs": [
            (
                "Parliament has passed a law that obliges every public body to publish its tenders as open data, "
                "Demo News has learned."
            ),
            (
                "The law takes effect on 1 March. Contracts worth more than 10,500 roubles will have to be published "
                "within 3.5 working days of signing."
            ),
            "“Every contract will have an address of its own,” the committee's statement reads.",
        ],
        "image": {"generated": "chamber", "alt": "The chamber of parliament during the vote", "credit": "Demo News"},
        "language": "en",
    },
    {
        "section": "economy",
        "headline": "Central bank keeps key rate at 9.5%",
        "dateline": "MINSK, 24 November (Demo News) –",
        "summary": "The central bank has left its key rate unchanged at 9.5% for the third meeting in a row.",
        "paragraphs": [
            "The central bank has left its key rate unchanged at 9.5% for the third meeting in a row.",
            "Inflation slowed to 5.8% in October from 6.1% in September, the bank said.",
        ],
        "language": "en",
    },
    {
        "section": "politics",
        "headline": "Парламент принял закон об открытых данных",
        "dateline": "МИНСК, 24 ноября (Demo News) –",
        "summary": "",
        "paragraphs": [
            "Парламент принял закон, который обязывает государственные органы публиковать данные о закупках.",
            "Закон вступит в силу 1 марта. Договоры дороже 10 500 рублей нужно будет публиковать в течение трёх дней.",
        ],
        "language": "ru",
    },
    {
        "section": "economy",
        "headline": "🚆 Night trains return between Minsk and Brest",
        "dateline": "BREST, 24 November (Demo News) –",
        "summary": "",
        "paragraphs": [
            "The railway will run two night trains a day between Minsk and Brest from 13 December 🎉.",
            "A ticket costs from 24.90 roubles. Bicycles travel free of charge.",
        ],
        "image": {"generated": "train", "alt": "A blue night train at a platform", "credit": "Demo News"},
        "language": "en",
    },
    {
        "section": "politics",
        "headline": (
            "Ministers of transport, energy, agriculture, health and education of the eleven countries that signed "
            "the regional agreement on the common labelling of electric charging points, hydrogen filling stations "
            "and battery exchange posts along the main roads meet to settle the last open questions of the annex on "
            "tariffs before the agreement enters into force at the beginning of next year"
        ),
        "dateline": "",
        "summary": "",
        "paragraphs": [],
        "language": "en",
    },
    {
        "section": "economy",
        "headline": "“Green” bonds & public debt: what changes in 2027",
        "dateline": "GRODNO, 24 November (Demo News) –",
        "summary": "Regions may now issue green bonds worth up to $3.5 bn. a year.",
        "paragraphs": [
            "Regions may now issue green bonds worth up to $3.5 bn. a year.",
            "The first issue is planned by the Grodno region for the second quarter.",
        ],
        "language": "en",
    },
)
