"""The symbol table: found in both directions, and refused where it would be ambiguous."""

import re

import pytest
from proveq.sphinx.equations.symbols import TableError, UnknownSymbol, load, normalise

RESERVED = r"""
[_groups]
states = "States"
[_functions]
tanh = "\\tanh"
exp = "e^{#}"
[_indices]
letters = ["i", "j"]
"""


def entry(name, tex, more=""):
    return f"""
[{name}]
tex = '{tex}'
meaning = "m"
shape = "(B, H)"
group = "states"
{more}
"""


@pytest.fixture
def table(tmp_path):
    def write(text, reserved=RESERVED):
        path = tmp_path / "symbols.toml"
        path.write_text(reserved + text, encoding="utf-8")
        return load(path)

    return write


@pytest.mark.parametrize(
    "one, other",
    [
        (r"x_t", r"x_{t}"),
        (r"\delta c_t", r"\delta  c _ {t}"),
        (r"\delta\ell", r"\delta \ell"),
        (r"\tanh(c_t)", r"\tanh\left( c_{t} \right)"),
        (r"a_{f,t}", r"a_{f,\,t}"),
        (r"W^{\top}", r"W^\top"),
    ],
)
def test_spellings_of_one_expression_are_one(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("one, other", [("x_t", "x_{t-1}"), ("x_t", "xt"), (r"\delta x", "x"), ("x_{t,1}", "x_{t1}")])
def test_different_expressions_stay_apart(one, other):
    assert normalise(one) != normalise(other)


def test_both_directions(table):
    symbols = table(entry("d_c", r"\delta c_{t}") + entry("c", "c_t"))
    assert symbols.tex("d_c") == r"\delta c_{t}"
    assert symbols.name(r"\delta c_t") == "d_c"
    assert list(symbols.entries)[:2] == ["d_c", "c"]
    assert symbols.indices["letters"] == ["i", "j"]


def test_functions_of_a_symbol(table):
    more = """
[tanh_c]
function = "tanh"
of = "c"
meaning = "m"
group = "states"
[exp_c]
function = "exp"
of = "c"
meaning = "m"
group = "states"
"""
    symbols = table(entry("c", "c_t") + more)
    assert symbols.tex("tanh_c") == r"\tanh(c_t)"
    assert symbols.tex("exp_c") == "e^{c_t}"
    assert symbols.name(r"\tanh(c_{t})") == "tanh_c"
    assert symbols.entries["tanh_c"].shape == "(B, H)"


def test_unknown_symbols_name_the_nearest(table):
    symbols = table(entry("d_c", r"\delta c"))
    with pytest.raises(UnknownSymbol, match=r"no symbol `d_cc` in symbols.toml \(nearest: d_c\)"):
        symbols.tex("d_cc")
    with pytest.raises(UnknownSymbol) as caught:
        symbols.name(r"\delta d_t")
    assert str(caught.value) == r"no symbol is written \delta d_t in symbols.toml (nearest: \delta c)"
    assert isinstance(caught.value, KeyError)


def test_scopes_of_functions_and_modules(table):
    scopes = """
[function."package.dense"]
x = "h"
b = "h"
"z[:,:D]" = "x"
[function."package.dense:dense"]
b = { tex = "\\\\beta_{ij}" }
"""
    symbols = table(entry("x", "x_t") + entry("h", "h_t") + scopes)
    assert symbols.entry("x").tex == "x_t"
    assert symbols.entry("x", "package.other:dense").tex == "x_t"
    assert symbols.entry("x", "package.dense:backward").name == "h"
    assert symbols.entry("b", "package.dense:backward").name == "h"
    assert symbols.entry("b", "package.dense:dense").tex == r"\beta_{ij}"
    assert symbols.entry("b", "package.dense:dense").scalar
    assert symbols.entry("z[:, :D]", "package.dense:dense").name == "x"
    with pytest.raises(UnknownSymbol):
        symbols.name(r"\beta_{ij}")


def test_forms_of_a_symbol(table):
    symbols = table(entry("c_prev", "c_{t-1}", "code = ['c[t-1]', 'c_before']"))
    assert symbols.entry("c[t - 1]").name == "c_prev"
    assert symbols.entry("c_before").name == "c_prev"


def test_scalars_and_batches(table):
    symbols = table(
        entry("c", "c_t") + entry("E", "E").replace("(B, H)", "(B,)") + entry("W", "W").replace("B, ", "D, ")
    )
    assert [symbols.entries[name].scalar for name in ("c", "E", "W")] == [False, True, False]
    assert [symbols.entries[name].batched for name in ("c", "E", "W")] == [True, True, False]


@pytest.mark.parametrize(
    "text, message",
    [
        (entry("x", "x_t") + entry("u", "x_{t}"), r"[u]: x_{t} already stands for [x]"),
        (entry("p", "p", "indexed = true") + entry("q", "p_j"), "[q]: p_j is also an element of the indexed [p]"),
        (entry("p", "p_t", "indexed = true"), "[p]: p_t ends in a subscript"),
        (entry("p", "p_{t}", "indexed = true"), "[p]: p_{t} ends in a subscript"),
        (entry("x", "x_t", "index = true"), "[x]: unknown key index"),
        (entry("x", "x_t").replace("states", "gates"), "[x]: group 'gates' is not in [_groups]: states"),
        (entry("x", "x_t").replace('meaning = "m"', ""), "[x]: expected a meaning and a shape"),
        (entry("x", "x_t").replace('shape = "(B, H)"', ""), "[x]: expected a meaning and a shape"),
        (entry("x", "x_t").replace("tex = 'x_t'", ""), "[x]: expected either tex, or function and of"),
        (entry("x", "x_t", "function = 'tanh'\nof = 'x'"), "[x]: expected either tex, or function and of"),
        (entry("x", "x_t").replace("tex = 'x_t'", "function='tanh'\nof='y'"), "[x]: of = 'y' is not a symbol"),
        (
            entry("u", "u") + entry("x", "").replace("tex = ''", "function='sin'\nof='u'"),
            "[x]: function 'sin' is not in",
        ),
        (entry("x", "x_t", "code = ['u[']"), "[x]: `u[` is not a Python expression"),
        (entry("x", "x_t", "code = ['u']") + entry("u", "u"), "[x]: `u` already stands for [u]"),
        (entry("x", "x_t", "code = ['v']") + entry("u", "u", "code = ['v']"), "[u]: `v` already stands for [x]"),
        ("[function.'a:b']\nx = 'u'", "[a:b]: x = 'u' is not a symbol of this table"),
        ("[function.'a:b']\nx = { shape = '()' }", "[a:b]: x: expected the name of a symbol, or a table of tex"),
        (
            "[function.'a:b']\nx = { tex = 'x', index = 1 }",
            "[a:b]: x: expected the name of a symbol, or a table of tex",
        ),
    ],
)
def test_ambiguous_or_incomplete_tables_are_refused(table, text, message):
    with pytest.raises(TableError, match=re.escape(message)):
        table(text)


def test_errors_name_file_and_line(table):
    with pytest.raises(TableError, match=r"symbols\.toml:17: \[u\]: x_t already"):
        table(entry("x", "x_t") + entry("u", "x_t"))
    with pytest.raises(TableError, match=r"symbols\.toml: .*line 9, column 7"):
        table("\nx = 1 2", RESERVED.rstrip())
    with pytest.raises(TableError, match="x: expected a table"):
        table("", "x = 1" + RESERVED)


CHAPTERS = """
[_letters]
f = "forget gate"
i = "input gate"
[_chapters]
plain = { modules = ["package.plain"], group = "states" }
gated = { modules = ["package.gated"], on = ["plain"], group = "states" }
other = { modules = ["package.other"], group = "states" }
"""


def short(name, tex, shape="(B, H)", more=""):
    return f"[{name}]\ntex = '{tex}'\nmeaning = 'm: more'\nshape = '{shape}'\n{more}\n"


def test_a_chapter_sees_the_shared_symbols_those_it_builds_on_and_its_own(table):
    own = short("plain.u", "u_t") + short("gated.v", "v_t") + short("other.u", "v_t") + short("other.w", "u_t")
    symbols = table(entry("x", "x_t") + own, RESERVED + CHAPTERS)
    assert symbols.of("package.gated:f").entry("u").tex == "u_t"
    assert symbols.of("package.gated:f").name("v_t") == "v"
    assert symbols.of("package.other:f").entry("u", "package.other:f").tex == "v_t"
    assert symbols.of("package.other:f").name("u_t") == "w"
    assert symbols.of("package.new:f").entry("x").tex == "x_t"
    with pytest.raises(UnknownSymbol) as caught:
        symbols.of("package.new:f").entry("v", "package.new:f")
    assert str(caught.value) == (
        "`v` is [gated.v] of symbols.toml, which belongs to chapter gated (package.gated); "
        'declare it for package.new: in its chapter, or under [function."package.new"]'
    )
    with pytest.raises(UnknownSymbol, match=r"v_t is .gated.v. .* which chapter plain does not know"):
        symbols.within("plain").name("v_t")
    with pytest.raises(UnknownSymbol, match=r"no chapter `new` in .* there are: plain, gated, other"):
        symbols.within("new")


def test_gradients_and_the_next_step_need_no_entry(table):
    own = (
        short("plain.r", r"\rho_t", "(B,)")
        + short("plain.W_f", "W_f", "(H, D)", "shared = true")
        + "[plain.d_r]\nseries = 'dr'\n"
    )
    seen = table(own, RESERVED + CHAPTERS).within("plain")
    found = {name: (entry.tex, entry.shape) for name, entry in seen.entries.items()}
    assert found["d_r"] == (r"\delta\rho_t", "(B,)") and seen.entries["d_r"].series == "dr"
    assert found["d_W_f"] == (r"\delta W_{f,t}", "(H, D)")
    assert found["d_W_f_total"] == (r"\delta W_f", "(H, D)")
    assert found["r_following"] == (r"\rho_{t+1}", "(B,)")
    assert found["d_r_following"] == (r"\delta\rho_{t+1}", "(B,)")
    assert seen.entries["d_r"].meaning == "gradient with respect to the m"
    assert seen.entries["d_W_f"].meaning == "one step's share of the gradient with respect to the m"
    assert not seen.entries["d_r"].derived and seen.entries["d_W_f"].derived


def test_one_table_for_several_letters(table):
    own = (
        "[plain.'a_@']\neach = 'fi'\ntex = 'a_{@,t}'\nmeaning = 'of the @name'\nshape = '(B, H)'\n"
        "series = { i = 'ai' }\n" + short("plain.a_f", "q")
    )
    seen = table(own, RESERVED + CHAPTERS).within("plain").entries
    assert (seen["a_i"].tex, seen["a_i"].meaning, seen["a_i"].series) == ("a_{i,t}", "of the input gate", "ai")
    assert (seen["a_f"].tex, seen["a_f"].series) == ("q", "")


def test_a_chapter_may_change_a_shape(table):
    seen = table(entry("W", "W") + "[gated.W]\nshape = '(H, D)'\n", RESERVED + CHAPTERS)
    assert [seen.within(name).entries["W"].shape for name in ("plain", "gated")] == ["(B, H)", "(H, D)"]
    assert seen.within("gated").entries["d_W"].shape == "(H, D)"


def test_one_letter_in_what_one_chapter_sees(table):
    with pytest.raises(TableError) as caught:
        table(short("plain.u", r"\zeta_t") + short("gated.v", r"\zeta_{t}"), RESERVED + CHAPTERS)
    assert r"[gated.v]: \zeta_{t} already stands for [plain.u], line " in str(caught.value)
    assert "in chapter gated; letters need to differ only within what one chapter sees; free are a, b" in str(
        caught.value
    )
    with pytest.raises(TableError, match=r"\[gated.u\]: u already is \[plain.u\], line \d+, which chapter gated sees"):
        table(short("plain.u", "u") + short("gated.u", "v"), RESERVED + CHAPTERS)
    overrides = "[function.'package.new']\nx = '{}'\n"
    own = short("plain.u", "u_t") + short("other.u", "v_t")
    with pytest.raises(TableError, match=re.escape("x = 'u' may be any of other.u, plain.u: say which")):
        table(own + overrides.format("u"), RESERVED + CHAPTERS)
    symbols = table(own + overrides.format("other.u"), RESERVED + CHAPTERS)
    assert symbols.entry("x", "package.new:f").tex == "v_t"


def test_entries_in_one_line_are_named_with_theirs(table):
    one = (
        "[plain]\nu = { tex = 'u', meaning = 'm', shape = '(B, H)' }\nv = { tex = 'u', meaning = 'm', shape = '()' }\n"
    )
    with pytest.raises(TableError, match=r"symbols.toml:19: \[plain.v\]: u already stands for \[plain.u\], line 18"):
        table(one, RESERVED + CHAPTERS)


def test_chapters_are_checked(table):
    for text, message in {
        "a = { on = ['b'] }": "on = 'b' is not a chapter above this one",
        "a = { modules = ['m'] }\nb = { modules = ['m'] }": "m belongs to chapter a already",
        "a = { module = ['m'] }": "expected a table of modules, on and group",
    }.items():
        with pytest.raises(TableError, match=message):
            table("", f"{RESERVED}[_chapters]\n{text}\n")
    with pytest.raises(TableError, match="letter z is not in"):
        table("[plain.'a_@']\neach = 'z'\n", RESERVED + CHAPTERS)
    with pytest.raises(TableError, match="expected `each`"):
        table("[plain.a]\neach = 'f'\n", RESERVED + CHAPTERS)
