"""The conventions of frameworks as text."""

import textwrap

from lstmderiv.interchange.command_line.tables import WIDTH
from lstmderiv.interchange.conversion.conventions import FRAMEWORKS, convention

__all__ = ["framework_text", "frameworks_text"]


def frameworks_text() -> str:
    """Every framework with its cells, a line each."""
    width = max(map(len, FRAMEWORKS))
    found = [convention(framework) for framework in FRAMEWORKS]
    return "\n".join(f"{one.framework:{width}}  {one.title} ({', '.join(one.cells)})" for one in found)


def framework_text(framework: str) -> str:
    """What a framework stores and how it runs."""
    found = convention(framework)
    lines = [
        f"{found.title}, {found.read}",
        *_entry("layers", found.layers),
        *_entry("layout", found.layout),
        *_entry("finished rows", f"{found.finished}{'; ' if found.finished_remark else ''}{found.finished_remark}"),
        *_entry("states", found.state),
        *(line for remark in found.remarks for line in _entry("note", remark)),
    ]
    for cell, form in found.cells.items():
        lines += ["", f"{cell}: {form.class_name}"]
        lines += _entry("gates", _gates(form))
        for rule in form.arrays:
            when = "".join(f", with {name} {_values(values)}" for name, values in rule.when.items())
            lines += _entry("array", f"{rule.name}: {_rule(rule)}{when}")
        if form.settings:
            lines += _entry("settings", ", ".join(setting.name for setting in form.settings))
        if cell == "lstm":
            bias = form.forget_bias
            default = f", default {bias['default']}" if "default" in bias else ""
            lines += _entry("forget bias", f"{bias['where']}{default}")
        lines += _entry("cannot hold", "; ".join(f"{name} {_values(values)}" for name, values in form.cannot().items()))
    lines += ["", "read in:"]
    for source in found.sources:
        where = f", {source['url']}" if source["url"] else ""
        lines += textwrap.wrap(
            f"  {source['title']}{where}",
            WIDTH,
            subsequent_indent="    ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    return "\n".join(lines)


def _entry(label, text):
    if not text:
        return []
    return textwrap.wrap(
        f"  {label + ':':15}{text}", WIDTH, subsequent_indent=" " * 17, break_on_hyphens=False, break_long_words=False
    )


def _gates(form):
    if form.gates == form.gate_names:
        return ", ".join(form.gates)
    named = (f"{gate} ({name})" if gate != name else gate for gate, name in zip(form.gates, form.gate_names))
    return ", ".join(named)


def _rule(rule):
    joined = {"columns": "side by side", "rows": "one below the other", "stack": "stacked on a new axis"}
    text = " and ".join(rule.parts) + (f", {joined[rule.join]}" if rule.join else "")
    if rule.each:
        text += ", for each gate"
    return text + (", transposed" if rule.transposed else "")


def _values(values):
    return " or ".join(str(value) for value in values)
