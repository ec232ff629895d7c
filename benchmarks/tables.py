#!/usr/bin/env python3
"""Writes the tables of docs/performance.md from benchmarks/results/*.json, between the lines that mark them, and its plots.

With --check nothing is written; the exit code is 1 if the document or a plot does not match the results.
"""

import json
import pathlib
import sys

import growth.section
import peers.section
from markdown import spread, table

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "results"
BEGIN = "<!-- tables: made by benchmarks/tables.py from benchmarks/results -->"
END = "<!-- end of tables -->"


def encoder_table(result):
    rows = []
    for m in result["measurements"]:
        rows.append([f"{m['clip_s']:g} s", str(m["threads"]), f"{m['encode_s']:.3f}", spread(m["encode_s_all"]),
                     f"{m['encode_s'] / m['clip_s']:.3f}", f"{m['products_s']:.3f}", f"{m['encode_over_products']:.2f}",
                     f"{m['gflop'] / m['encode_s']:.0f}"])
    return table(["clip", "threads", "encode, s (median)", "lowest–highest", "s per s of audio", "bare products, s",
                  "encode / products", "GFLOP/s"], rows)


def products_table(result):
    # Since there are kernels for AVX-512: ours with AVX2 alone, and in reduced precision.
    more = [(key, name) for key, name in (("ours_avx2", "ours, AVX2"), ("ours_bf16", "ours, bf16"), ("ours_int8", "ours, int8"),
                                        ("ours_bf16_avx512", "ours, bf16 without AMX"),
                                        ("ours_int8_avx512", "ours, int8 without AMX"))
            if key in result["gflops"][0]]
    rows = []
    for r in result["gflops"]:
        rows.append([f"{r['m']} × {r['k']} × {r['n']}", f"{r['ours']:.0f}"] + [f"{r[key]:.0f}" for key, _ in more] +
                    [f"{r['onednn_matmul']:.0f}", f"{r['onednn_convolution']:.0f}", f"{r['ours'] / r['onednn_matmul']:.2f}",
                     f"{r['ours'] / r['onednn_convolution']:.2f}"])
    return table(["rows × k × n", "ours"] + [name for _, name in more] +
                 ["oneDNN matmul", "oneDNN 1×1 convolution", "ours / matmul", "ours / convolution"], rows)


def first_answer_table(result):
    first = result["first_answer"]
    names = {"hubert_large": "`predict`, HuBERT-large (random weights)",
             "hubert_large_bf16": "`predict --precision bf16`, the same", "hubert_large_int8": "`predict --precision int8`, the same",
             "hubert_large_packed_f32": "`predict`, the same, packed in f32",
             "hubert_large_packed_bf16": "the same, packed in bf16", "hubert_large_packed_int8": "the same, packed in int8",
             "undertone_small": "`predict`, undertone-small",
             "reading_the_weights": f"`cat` of HuBERT-large's weights ({first['weights_mib']:.0f} MiB)"}
    rows = [[names[key], f"{first[key]['wall_s']:.2f}", spread(first[key]["wall_s_all"]),
             f"{first[key]['peak_memory_mib']:.0f}"] for key in names if key in first]
    return table(["one process, one 3 s clip", "start to end, s (median)", "lowest–highest", "peak memory, MiB"], rows)


def profiles_table(result):
    """Where the time of a recording goes: a column pair for each clip."""
    profiles = result["profiles"]
    rows = []
    for part in profiles[0]["parts"]:
        row = [part.replace("_", " ")]
        for profile in profiles:
            cost = profile["parts"][part]
            row += [f"{cost['s']:.4f}", f"{100 * cost['share']:.1f}", f"{cost['gflops']:.0f}" if "gflops" in cost else ""]
        rows.append(row)
    header = ["part"]
    for profile in profiles:
        header += [f"{profile['clip_s']:g} s: seconds", "%", "GFLOP/s"]
    return table(header, rows)


def classifier_table(result):
    names = {"undertone": "Undertone", "sklearnex": "scikit-learn-intelex {}", "sklearn": "scikit-learn {}",
             "sklearn_jobs": "scikit-learn {}, a fold on each core",
             "libsvm": "LIBSVM {}, a fold on each core, after our scaler and PCA"}
    rows = []
    for key, run in sorted(result["contestants"].items(), key=lambda item: item[1]["seconds"]):
        rows.append([names[key].format(run["version"]), f"{run['seconds']:.1f}", spread(run["seconds_all"], 1),
                     f"{run['over_undertone']:.1f}", f"{100 * run['accuracy']:.2f}"])
    return table(["cross-validation", "s (median)", "lowest–highest", "times Undertone's", "accuracy, %"], rows)


def classifier_section(result):
    comparison = result["comparison"]
    return "\n\n".join([
        f"### The classifier: {result['processor']}, {result['cores']} cores",
        f"`{result['command']}` at {result['commit']}, {result['date']}; NumPy {result['numpy']}.",
        "7,442 × 1,024 synthetic embeddings, five folds, StandardScaler, PCA of 200 components, one-vs-one SVM with C = 1 and "
        "gamma = scale, six classes, probabilities:", classifier_table(result),
        f"Of the {comparison['decision_values']:,} decision values of the first fold, the one furthest from LIBSVM's is "
        f"{comparison['greatest_difference']:.0e} away; {comparison['other_signs']} have another sign."])


def server_section(result):
    one = result["sequential"]
    sequential = table(["one request at a time", "median, ms", "99 %, ms"], [
        ["from sending to the whole answer", f"{one['latency_p50_ms']:.2f}", f"{one['latency_p99_ms']:.2f}"],
        ["of it decoding, encoding and classifying", f"{one['prediction_p50_ms']:.2f}", ""],
        ["what the server adds", f"{one['added_p50_ms']:.2f}", f"{one['added_p99_ms']:.2f}"]])
    concurrent = table(["clients at once", "requests a second", "over `predict`", "median, ms", "99 %, ms"], [
        [str(phase["clients"]), f"{phase['requests_per_s']:.1f}", f"{phase['over_predict']:.2f}", f"{phase['p50_ms']:.1f}",
         f"{phase['p99_ms']:.1f}"] for phase in result["concurrent"]])
    load = result["load"]
    kinds = table(["client", "met"], [
        [kind, ", ".join(f"{outcome} ({count})" for outcome, count in sorted(outcomes.items(), key=lambda item: -item[1]))]
        for kind, outcomes in load["outcomes"].items()])
    return "\n\n".join([
        f"### The server: {result['processor']}, {result['cores']} cores",
        f"`{result['command']}` at {result['commit']}, {result['date']}; {result['rounds']} rounds, medians; clients in Python "
        f"{result['python']} on the same cores.",
        f"A synthetic WAV of {result['clip_s']:g} s as a form, the embedded default, connections kept:", sequential, concurrent,
        f"`undertone predict` on many such files hears {result['predict_clips_per_s']:.1f} a second.",
        f"{load['seconds']:g} s of good and bad clients at once, with small limits (`tests/server/load_test.py`): "
        f"{load['good_requests_per_s']:.1f} good answers a second, median {load['p50_ms']:.0f} ms, 99 % {load['p99_ms']:.0f} ms; "
        f"memory at most {load['memory_first_half_mib']:.0f} MiB in the first half and {load['memory_second_half_mib']:.0f} in "
        "the second.", kinds])


def precision_section(result):
    f32 = result["precisions"]["f32"]
    rows = [[name, f"{p['least_cosine']:.7f}", f"{p['least_centred_cosine']:.5f}", f"{100 * p['labels_kept']:.2f}",
             f"{100 * p['uar']:.2f}", f"{100 * (p['uar'] - f32['uar']):+.2f}"] for name, p in result["precisions"].items()]
    return "\n\n".join([
        f"### What reduced precision changes: {result['processor']}",
        f"`{result['command']}` at {result['commit']}, {result['date']}; the embedded encoder and classifier on {result['recordings']:,} "
        f"recordings of {', '.join(result['corpora'])}.",
        table(["precision", "least cosine to f32", "least cosine, centred", "labels kept, %", "UAR, %", "points from f32"], rows),
        "The classifier was trained on recordings of these corpora, so the UAR says nothing of its worth; what counts is the difference. "
        "Centred: the mean embedding of all recordings taken off first."])


def reduced_table(result):
    rows = [[f"{m['clip_s']:g} s", str(m["threads"]), name, f"{r['encode_s']:.3f}", spread(r["encode_s_all"]), f"{r['over_f32']:.2f}"]
            for m in result["measurements"] for name, r in m.get("reduced", {}).items()]
    return table(["clip", "threads", "precision", "encode, s (median)", "lowest–highest", "over f32"], rows)


def busy(result):
    """A machine with other work of its own: seconds are too long, ratios hold as far as the work was even."""
    return [f"The machine had other work (load {result['load']:.1f} before): trust the ratios, not the seconds."] \
        if result.get("load", 0) > 1 else []


def families_section(result):
    rows = []
    for m in result["measurements"]:
        ratios = [other / reference for other, reference in zip(m["other_s_all"], m["reference_s_all"])]
        rows.append([m["reference"], m["other"], f"{m['clip_s']:g} s", str(m["threads"]), f"{m['reference_s']:.3f}",
                     f"{m['other_s']:.3f}", f"{m['other_over_reference']:.2f}", spread(ratios, 2)])
    return "\n\n".join([
        f"### WavLM beside HuBERT: {result['processor']}, {result['cores']} cores",
        f"`{result['command']}` at {result['commit']}, {result['date']}; {result['instruction_set']} kernels, {result['backend']} "
        f"products, compiler {result['compiler']}; {result['rounds']} rounds, medians.",
        *busy(result),
        "f32, all layers, random weights, noise as input; the two in alternation:",
        table(["HuBERT", "WavLM", "clip", "threads", "HuBERT, s", "WavLM, s", "WavLM / HuBERT", "lowest–highest"], rows)])


def section(path):
    result = json.loads(path.read_text())
    if result.get("kind") == "peers":
        return peers.section.section(result)
    if result.get("kind") == "growth":
        return growth.section.section(path.stem, result, PICTURES.relative_to(DOCUMENT.parent).as_posix())
    if result.get("kind") == "families":
        return families_section(result)
    if result.get("kind") == "precision":
        return precision_section(result)
    if result.get("kind") == "server":
        return server_section(result)
    if "contestants" in result:
        return classifier_section(result)
    reduced = []
    if any(m.get("reduced") for m in result["measurements"]):
        reduced = ["The same in reduced precision, in alternation with f32:", reduced_table(result)]
    profiles = []
    if "profiles" in result:
        profiles = ["Where the time goes (`predict --profile`, f32, all threads; [the parts](cli.md#profile)):", profiles_table(result)]
    return "\n\n".join([
        f"### {result['processor']}, {result['cores']} cores",
        f"`{result['command']}` at {result['commit']}, {result['date']}; {result['instruction_set']} kernels, "
        f"{result['backend']} products, oneDNN {result['onednn']}, compiler {result['compiler']}.",
        *busy(result),
        "HuBERT-large, f32, all 24 layers, noise as input:", encoder_table(result),
        *reduced,
        *profiles,
        "From the start of the program to its end, weights in the page cache:", first_answer_table(result),
        "Matrix products alone, one thread, GFLOP/s:", products_table(result)])


def made_files():
    """Path: content, of everything that is made from the results."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    results = sorted(RESULTS.glob("*.json"))
    sections = "\n\n".join(section(path) for path in results)
    files = {DOCUMENT: f"{before}{BEGIN}\n\n{sections}\n\n{END}{after}"}
    for path in results:
        result = json.loads(path.read_text())
        if result.get("kind") == "growth":
            files.update({PICTURES / name: content for name, content in growth.section.pictures(path.stem, result).items()})
    return files


def main():
    files = made_files()
    stale = [path for path, content in files.items() if not path.exists() or path.read_text() != content]
    # A plot whose result is gone is nobody's.
    left_over = [path for path in PICTURES.glob("growth-*.svg") if path not in files]
    if "--check" in sys.argv:
        for path in stale + left_over:
            print(f"{path.relative_to(ROOT)} does not match benchmarks/results; run benchmarks/tables.py")
        sys.exit(1 if stale or left_over else 0)
    for path in stale:
        path.write_text(files[path])
        print(f"written: {path}")
    for path in left_over:
        path.unlink()


if __name__ == "__main__":
    main()
