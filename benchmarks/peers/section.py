"""The section of docs/performance.md that a result of benchmarks/peers.sh makes."""

import statistics

from markdown import table

RATE = 16000


def cell(measurement, name, reference):
    """Seconds for a second of audio; of others than Undertone, the ratio to it in the same rounds, and its range."""
    per_second = [RATE * seconds / samples for seconds, samples in zip(measurement["seconds_all"][name], measurement["samples_all"])]
    if name == reference:
        return f"{statistics.median(per_second):.3f} ({min(per_second):.3f}–{max(per_second):.3f})"
    ratios = [own / other for own, other in zip(measurement["seconds_all"][name], measurement["seconds_all"][reference])]
    return f"{statistics.median(per_second):.3f}; **{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})"


def precision_table(result, precision):
    measurements = [m for m in result["measurements"] if m["precision"] == precision]
    reference = f"undertone-{precision}"
    names = [name for name, c in result["contestants"].items() if c["precision"] == precision]
    labels = [result["contestants"][name]["label"] for name in names]
    if "products" in measurements[0]["seconds_all"]:
        names.append("products")
        labels.append("Undertone's bare products")
    rows = [[m["clip"], str(m["cores"])] + [cell(m, name, reference) if name in m["seconds_all"] else "" for name in names]
            for m in measurements]
    return table(["clip", "cores", *labels], rows)


def contestants_table(result):
    rows = []
    for c in result["contestants"].values():
        first = c["first_answer_s_all"]
        rows.append([c["label"], f"{statistics.median(first):.2f} ({min(first):.2f}–{max(first):.2f})",
                     f"{c['first_answer_memory_mib']:.0f}", f"{c['peak_memory_mib']:.0f}", f"{c['cosine']:.6f}",
                     f"{c['largest_difference']:.0e}"])
    return table(["", "start to first answer, s", "peak memory then, MiB", "peak memory after all clips, MiB",
                  "cosine to Undertone's f32", "largest difference, of the RMS"], rows)


def section(result):
    undertone = result["undertone"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lengths = result["list_s"]
    parts = [
        f"### Beside PyTorch, ONNX Runtime and OpenVINO: {result['processor']}, {result['cores']} cores",
        f"`{result['command']}` at {result['commit']}, {result['date']}; load {result['load']:.1f} before; {undertone['instruction_set']} "
        f"kernels, {undertone['backend']} products, compiler {undertone['compiler']}; Python {result['python']}"
        + (f", {versions}." if versions else "."),
        f"{result['encoder']}, random weights. Seconds for a second of audio, median, and of the others in bold how many times "
        f"Undertone's in the same round, median, with lowest and highest in brackets; above 1 Undertone is faster. \"list\": "
        f"{len(lengths)} clips of {min(lengths):.1f} to {max(lengths):.1f} s, {sum(lengths):.0f} s in all, a part of them in each round, no "
        "length twice."]
    for precision in dict.fromkeys(m["precision"] for m in result["measurements"]):
        parts += [f"In {precision}:", precision_table(result, precision)]
    parts += ["Each from the start of a process to its first embedding, of a clip of 3 s on all cores, with the files in the page "
              "cache:", contestants_table(result)]
    return "\n\n".join(parts)
