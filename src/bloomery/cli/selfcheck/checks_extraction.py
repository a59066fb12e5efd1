"""Metrics of short and structured answers: numbers, words, sets, JSON, entities."""

from bloomery.cli.selfcheck.answers import answers, metric_check

# expected: drug (0, 2), dose (3, 4), drug (0, 1); predicted: drug (0, 1), dose (3, 4), drug (1, 2)
_TAGS = answers(["B-drug O O B-dose", "O B-drug"], ["B-drug I-drug O B-dose", "B-drug O"])
_NAMES = [["aspirin", "helps"], ["aspirin", "helps"], ["insulin", "helps"], ["he", "helps"], ["zinc", "helps"]]

CHECKS = (
    metric_check(
        "numeric_answer",
        "#### 1,234 eggs; 10-5; #### about 5; −$5 for 5",
        answers(["2 + 3.\n#### 1,234 eggs", "10-5", "#### about 5", "He pays -$5."], ["#### 1234", "5", "5", "5"]),
        {"numeric_exact_match": 1 / 2, "score": [1.0, 1.0, 0.0, 0.0]},
        "Cobbe 2021: what comes right after the marker; 10-5 ends with 5",
    ),
    metric_check(
        "token_f1",
        "paris ×4; articles and marks; empty for empty; something for empty",
        answers(["paris paris paris paris", "The cat's hat.", "", "x"], ["paris", "cats hat", "the", "the"]),
        {"token_f1": 2.4 / 4, "token_exact_match": 2 / 4, "score": [0.4, 1.0, 1.0, 0.0]},
        "Rajpurkar 2016, multisets: P = 1/4, R = 1; 1; 1; 0",
    ),
    metric_check(
        "set_f1",
        "abc for ab, ab for a, z for z",
        answers(["a\nb\nc", "- b\n- a", "z"], ["a\nb", "a", "z"]),
        {
            "set_f1.mean": (4 / 5 + 2 / 3 + 1) / 3,
            "set_precision.micro": 4 / 6,
            "set_recall.micro": 1.0,
            "set_f1.micro": 8 / 10,
            "set_exact_match": 1 / 3,
            "score": [4 / 5, 2 / 3, 1.0],
        },
        "4 of 6 said, 4 of 4 meant; the mean of F1 is not the F1 of means",
    ),
    metric_check(
        "json_fields",
        "one of two fields right; no JSON; JSON in a sentence",
        answers(['{"a": 1, "b": "x"}', "none", 'Here: {"a": 3}'], ['{"a": 1, "b": "y"}', '{"a": 2}', '{"a": 3}']),
        {
            "field_f1.micro": 4 / 7,
            "field_precision.micro": 2 / 3,
            "field_recall.micro": 2 / 4,
            "field_f1.macro": (4 / 5 + 0) / 2,
            "json_valid": 2 / 3,
            "json_only": 1 / 3,
            "json_exact_match": 1 / 3,
            "field_precision.a": 1.0,
            "field_recall.a": 2 / 3,
            "field_f1.a": 4 / 5,
            "field_support.a": 3.0,
            "score": [1 / 2, 0.0, 1.0],
        },
        "2 of 3 said, 2 of 4 meant; a: 2 of 2, 2 of 3; b: 0",
    ),
    metric_check(
        "entities",
        "one right, one too short, one beside",
        _TAGS,
        {
            "entity_f1.micro": 1 / 3,
            "entity_precision.micro": 1 / 3,
            "entity_recall.micro": 1 / 3,
            "entity_f1.macro": 1 / 2,
            "entity_precision.dose": 1.0,
            "entity_recall.dose": 1.0,
            "entity_f1.dose": 1.0,
            "entity_support.drug": 2.0,
            "semeval_f1.strict": 1 / 3,
            "semeval_f1.exact": 1 / 3,
            "semeval_f1.partial": 1.5 / 3,
            "semeval_f1.type": 2 / 3,
            "entity_missing": 1.0,
            "entity_spurious": 1.0,
            "score": [1 / 2, 0.0],
        },
        "Segura-Bedmar 2013: 1 correct, 1 overlaps, 1 missing, 1 spurious",
    ),
    metric_check(
        "entities",
        "I without B is no entity: not 1.0",
        answers(["I-a I-a O B-b"], ["B-a I-a O B-b"]),
        {"entity_f1.micro": 2 / 3},
        "one of one said, one of two meant: seqeval strict, IOB2",
    ),
    metric_check(
        "entities",
        "metformin 500mg for metformin, by overlap",
        answers(["B-drug I-drug"], ["B-drug O"]),
        {"entity_precision.micro": 1 / 2, "entity_recall.micro": 1.0, "entity_f1.micro": 2 / 3},
        "half of what is said, all of what is meant",
        match="overlap",
    ),
    metric_check(
        "surface_f1",
        "aspirin twice, insulin and zinc missed, “he” too many",
        answers(
            ["B-drug O", "B-drug O", "O O", "B-drug O", "O O"],
            ["B-drug O", "B-drug O", "B-drug O", "O O", "B-drug O"],
            tokens=_NAMES,
        ),
        {"surface_f1": 2 / 5, "surface_precision": 1 / 2, "surface_recall": 1 / 3, "score": [1.0, 1.0, 0.0, 0.0, 0.0]},
        "Derczynski 2017, 5.2: of 2 names said 1, of 3 meant 1",
    ),
)
