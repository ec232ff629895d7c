"""The section of docs/performance.md, and its plots, that a result of benchmarks/growth.sh makes."""

import statistics

from growth.plots import plot
from markdown import spread, table


def pictures(name, result):
    """File name: content, of the plots that section() shows."""
    return {f"{name}-length.svg": plot("Cost over the length of a clip", "seconds of audio", result["by_length"], "clip_s"),
            f"{name}-clips.svg": plot("Cost over the number of clips", f"clips of {result['clip_s']:g} s", result["by_count"], "clips")}


def cost_table(entries, key, unit):
    rows = []
    for e in entries:
        rows.append([f"{e['encoder']}, {e['precision']}", f"{e[key]:g}{unit}", f"{e['wall_s']:.2f}", spread(e["wall_s_all"], 2),
                     f"{e['peak_memory_mib']:.0f}"])
    return table(["", key.removesuffix("_s"), "start to end, s (median)", "lowest–highest", "peak memory, MiB"], rows)


def throughput_table(result):
    rows = []
    for e in result["throughput"]:
        rates = e["clips_per_s_all"]
        perfect = [result["cores"] * rate for rate in rates["one_core"]]
        row = [f"{e['encoder']}, {e['precision']}", f"{statistics.median(rates['one_core']):.2f}"]
        for way in ("all_cores", "apart"):
            ratios = [rate / whole for rate, whole in zip(rates[way], perfect)]
            row += [f"{statistics.median(rates[way]):.2f}", f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})"]
        rows.append(row)
    cores = result["cores"]
    return table(["", "one core, clips/s", "all cores, clips/s", f"over {cores} × one core", "a process for each core, clips/s",
                  f"over {cores} × one core"], rows)


def section(name, result, folder):
    """`folder`: of the pictures, as the document names it."""
    clip = f"{result['clip_s']:g} s"
    return "\n\n".join([
        f"### How cost grows: {result['processor']}, {result['cores']} cores",
        f"`{result['command']}` at {result['commit']}, {result['date']}; load {result['load']:.1f} before. Whole processes, noise as "
        "input, HuBERT-large with random weights." + (f" {result['note']}" if "note" in result else ""),
        "`predict` of one clip, all cores to it; longer ones are heard in windows, of 30 s by HuBERT, of 14 s by undertone-small:",
        f"![Time and memory over the length of a clip]({folder}/{name}-length.svg)", cost_table(result["by_length"], "clip_s", " s"),
        f"`extract` of many clips of {clip}, each on one core:",
        f"![Time and memory over the number of clips]({folder}/{name}-clips.svg)", cost_table(result["by_count"], "clips", ""),
        f"Throughput of `extract`: {', '.join(str(e['clips']) for e in result['throughput'])} clips of {clip}, the start of the process "
        "taken off; in turns on one core, on all, and by a process for each core, which share nothing and show what the machine allows:",
        throughput_table(result)])
