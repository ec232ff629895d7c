#!/usr/bin/env python3
"""No speaker trains a model and tests it, and test speakers choose nothing."""

import unittest

import support  # pylint: disable=unused-import

from undertone_training.splits import FOLDS, TEST_SPEAKERS, deal, held_out, side

SPEAKERS = ([f"ravdess-{actor:02d}" for actor in range(1, 25)] + [f"emodb-{n:02d}" for n in (3, *range(8, 17))]
            + [f"nemo-{name}" for name in ("ANN", "JAN", "KRZ", "MIC", "SM0", "WR0", "ZOF")])
TESTED = {"ravdess-15", "ravdess-16", "ravdess-17", "ravdess-18", "emodb-12", "emodb-13", "nemo-SM0", "nemo-WR0"}


class Splits(unittest.TestCase):
    def test_the_test_speakers_are_those_of_the_model_card(self):
        self.assertEqual(TEST_SPEAKERS, TESTED)
        self.assertEqual(held_out("report", SPEAKERS), TESTED)

    def test_each_other_speaker_tests_exactly_one_selection_fold(self):
        sides = [dict(zip(SPEAKERS, side(f"selection-{fold}", SPEAKERS))) for fold in range(FOLDS)]
        for speaker in SPEAKERS:
            found = sorted(fold[speaker] for fold in sides)
            self.assertEqual(found, [""] * FOLDS if speaker in TESTED else ["test"] + ["train"] * (FOLDS - 1), speaker)

    def test_no_selection_model_hears_a_test_speaker(self):
        for fold in range(FOLDS):
            self.assertLessEqual(TESTED, held_out(f"selection-{fold}", SPEAKERS))

    def test_calibration_folds_deal_out_everybody(self):
        folds = [held_out(f"calibration-{fold}", SPEAKERS) for fold in range(FOLDS)]
        self.assertEqual(sorted(speaker for fold in folds for speaker in fold), sorted(SPEAKERS))

    def test_what_is_shipped_heard_everybody(self):
        self.assertEqual(set(side("shipped", SPEAKERS)), {"train"})

    def test_a_left_out_corpus_is_tested_whole_and_trains_nothing(self):
        for corpus in ("ravdess", "emodb", "nemo"):
            for speaker, where in zip(SPEAKERS, side(f"without-{corpus}", SPEAKERS)):
                self.assertEqual(where, "test" if speaker.startswith(corpus + "-") else "train", (corpus, speaker))

    def test_a_left_out_corpus_is_heard_by_no_member_of_its_committee(self):
        for member in range(FOLDS):
            out = held_out(f"without-nemo.{member}", SPEAKERS)
            self.assertLess({speaker for speaker in SPEAKERS if speaker.startswith("nemo-")}, out)

    def test_a_corpus_is_known_by_its_whole_name(self):
        speakers = ["nemo-ANN", "nemo2-ANN", "nemo2-a-b"]
        self.assertEqual(held_out("without-nemo", speakers), {"nemo-ANN"})
        self.assertEqual(held_out("without-nemo2", speakers), {"nemo2-ANN", "nemo2-a-b"})

    def test_a_corpus_that_is_not_there_is_refused_with_those_that_are(self):
        for corpus in ("cremad", "nem", "nemo-ANN", ""):
            with self.assertRaises(SystemExit) as refusal:
                held_out(f"without-{corpus}", SPEAKERS)
            self.assertIn(f"'{corpus}'", str(refusal.exception))
            self.assertIn("emodb, nemo, ravdess", str(refusal.exception))

    def test_sides_are_what_is_held_out(self):
        corpora = ("without-ravdess", "without-emodb", "without-nemo")
        for name in ("report", "shipped", *corpora, *(f"{kind}-{fold}" for kind in ("selection", "calibration") for fold in range(FOLDS))):
            out = held_out(name, SPEAKERS)
            for speaker, where in zip(SPEAKERS, side(name, SPEAKERS)):
                self.assertEqual(where == "train", speaker not in out, (name, speaker))

    def test_a_fold_has_as_many_men_as_women_of_ravdess(self):
        fold_of = deal([speaker for speaker in SPEAKERS if speaker.startswith("ravdess")])
        for actor in range(1, 25, 2):  # odd numbers are men
            self.assertEqual(fold_of[f"ravdess-{actor:02d}"], fold_of[f"ravdess-{actor + 1:02d}"])

    def test_folds_do_not_depend_on_the_order_or_number_of_clips(self):
        self.assertEqual(held_out("selection-1", SPEAKERS), held_out("selection-1", list(reversed(SPEAKERS)) * 3))

    def test_unknown_names_are_refused(self):
        for name in ("selection-4", "selection", "fold-0", "selection-x", "without", ""):
            with self.assertRaises(SystemExit):
                held_out(name, SPEAKERS)


if __name__ == "__main__":
    unittest.main()
