"""The explorer in a browser: its arithmetic against the package, its controls, and what is there without scripts."""

import time

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from lstmderiv import (
    LSTMParameters,
    cross_entropy,
    cross_entropy_backward,
    dense,
    dense_backward,
    lstm,
    lstm_backward,
    lstm_cell_backward,
    one_hot,
    running_example,
    softmax,
)

pytestmark = pytest.mark.browser

PAGE = "explorer.html"

COMPUTE = """
const {compute, n} = lstmExplorer;
const {steps, output} = compute(arguments[0]);
const plain = values => Object.fromEntries(Object.entries(values)
  .filter(([, value]) => value?.data).map(([name, value]) => [name, n.nested(value)]));
return {steps: steps.map(plain), output: plain(output)};
"""

SHOWN = """
const rows = document.querySelector(".xp-chosen .xp-numbers").querySelectorAll("tbody tr");
return [...rows].map(row => [...row.cells].slice(1).map(cell => cell.firstChild.data.replaceAll("−", "-")));
"""
CHOSEN = "return document.querySelector('.xp-chosen').id"
STATUS = "return document.querySelector('.xp-where').textContent"
PRESSED = "return document.querySelector('.xp-toolbar [aria-pressed=true]').textContent"


def expected(inputs):
    """Every value by name from the package: those of the steps, and those behind the last."""
    parameters = LSTMParameters(inputs["W"], inputs["b"])
    W_y, b_y = np.array(inputs["outputW"]), np.array(inputs["outputB"])
    N, target = len(b_y), np.array([inputs["target"]])
    trace = lstm(one_hot([inputs["ids"]], N), parameters, forget_bias=inputs["forgetBias"])
    logits = dense(trace.h_last, W_y, b_y)
    d_logits = cross_entropy_backward(logits, target)
    layer = dense_backward(d_logits, trace.h_last, W_y)
    gradients = lstm_backward(None, trace, d_h_last=layer.x)
    output = {
        "logits": logits, "p": softmax(logits), "loss": cross_entropy(logits, target), "d_logits": d_logits,
        "d_W_y": layer.W, "d_b_y": layer.b, "d_h_ext": layer.x,
    }  # fmt: skip
    steps, T = [], len(inputs["ids"])
    for t in range(T):
        step, last = trace.step(t), t == T - 1
        d_c_next = np.zeros_like(step.c) if last else gradients.d_c_prev[:, t + 1]
        named = vars(lstm_cell_backward(gradients.d_h[:, t], d_c_next, step, parameters))
        # The explorer shows the gates' own weights: what stacks them is none of its values.
        values = vars(step) | {name: value for name, value in named.items() if name not in ("d_W", "d_b")}
        for name in ("d_a_f", "d_a_i", "d_a_g", "d_a_o"):
            np.testing.assert_allclose(named[name], getattr(gradients, name)[:, t], rtol=1e-12, atol=1e-15)
        values |= {"d_h_ext": layer.x if last else 0 * layer.x}
        values |= {"d_h_next": 0 * step.h if last else gradients.d_h_prev[:, t + 1]}
        steps.append(values)
    return {"steps": steps, "output": output}


def same(got, wanted, where):
    """Within 1e-12 of the largest entry: the libraries' exp and tanh may differ in the last bit."""
    wanted = np.asarray(wanted, dtype=float)
    assert np.shape(got) == wanted.shape, f"{where}: {np.shape(got)}, expected {wanted.shape}"
    error = np.abs(np.asarray(got) - wanted).max(initial=0)
    assert error <= 1e-12 * max(np.abs(wanted).max(initial=0), 1e-300), f"{where}: off by {error}"


def random_inputs(rng):
    """Sizes, words and parameters drawn anew."""
    T, D, H = (int(rng.integers(1, high)) for high in (9, 12, 7))
    scale = 10 ** rng.uniform(-1, 0.5)
    return {
        "ids": rng.integers(D, size=T).tolist(), "target": int(rng.integers(D)), "forgetBias": float(rng.normal()),
        "W": (scale * rng.normal(size=(4 * H, D + H))).tolist(), "b": rng.normal(size=4 * H).tolist(),
        "outputW": rng.normal(size=(H, D)).tolist(), "outputB": rng.normal(size=D).tolist(),
    }  # fmt: skip


def compared(browser, inputs):
    """Check every value that the page computes and the package names; return how many."""
    found, wanted = browser.run(COMPUTE, inputs), expected(inputs)
    count = 0
    for t, (got, step) in enumerate(zip(found["steps"], wanted["steps"], strict=True), start=1):
        for name, value in step.items():
            same(got[name], value, f"{name} at step {t}")
            count += 1
    for name, value in wanted["output"].items():
        same(found["output"][name], value, name)
        count += 1
    return count


def typed(control, text):
    """Type over what a field holds, as a reader does."""
    control.send_keys(Keys.CONTROL, "a")
    control.send_keys(text or Keys.BACKSPACE)


def click(browser, selector):
    """Click in the middle of what is seen of an element."""
    found = browser.all(selector)[0]
    browser.run("arguments[0].scrollIntoView({block: 'center'})", found)
    found.click()


def values_of(browser):
    return browser.run("return lstmExplorer.data.values")


def test_arithmetic_is_the_packages(browser):
    """Every value of every step, on random sizes, words and parameters, to 1e-12."""
    browser.open(PAGE)
    rng = np.random.default_rng(41)
    counts = [compared(browser, random_inputs(rng)) for _ in range(30)]
    assert min(counts) >= len(values_of(browser))
    names = {value["name"] for value in values_of(browser)}
    wanted = expected(random_inputs(rng))
    assert names <= set(wanted["steps"][0]) | set(wanted["output"]) | {"d_h"}, "a value that is not compared"


def test_a_sign_in_the_package_would_show(browser):
    """The comparison fails where the page's arithmetic differs by a sign in one line."""
    browser.open(PAGE)
    browser.run(
        "const {functions, n} = lstmExplorer; const right = functions.lstm_cell_step_backward;"
        "functions.lstm_cell_step_backward = v => { right(v); v.d_c_prev = n.negative(v.d_c_prev); return v; }"
    )
    with pytest.raises(AssertionError, match="d_c_prev at step"):
        compared(browser, random_inputs(np.random.default_rng(42)))


def test_begins_with_the_running_example(browser):
    """What the page shows at first is the running example's, and the entries' own numbers are those computed."""
    browser.scripts(False)
    browser.open(PAGE)
    still = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('.xp-entry')].map(entry => [entry.id,"
        "[...entry.querySelectorAll('tbody tr')].map(row => row.lastChild.textContent)]))"
    )
    browser.scripts(True)
    browser.open(PAGE)
    norms = browser.run(
        "const {compute, parametersOf, inputs, data, valueOf, n, figure} = lstmExplorer;"
        "const result = compute({...parametersOf(inputs()), ids: inputs().ids, target: inputs().target});"
        "return Object.fromEntries(data.values.map(value => [value.id,"
        "(value.place === 'output' ? [3] : [1, 2, 3]).map(t => figure(n.norm(valueOf(result, value, t))))]))"
    )
    assert still == norms and len(still) > 40
    loss = running_example.predict(
        running_example.initial_parameters(), *(array[2:3] for array in running_example.windows())
    ).loss[0]
    assert browser.run(STATUS).endswith(f"loss {loss:.3f}")


def test_every_value_by_keyboard(browser):
    """The right arrow goes through the whole computation and the left one back; shift changes the step."""
    browser.open(f"{PAGE}#explore-z")
    values = values_of(browser)
    browser.run("document.querySelector('.xp-toolbar button').focus()")
    met = [(browser.run(CHOSEN), browser.run(PRESSED))]
    while len(met) < 300:
        browser.press(Keys.ARROW_RIGHT)
        now = (browser.run(CHOSEN), browser.run(PRESSED))
        if now == met[-1]:
            break
        met.append(now)
    once = sum(value["place"] == "output" for value in values)
    each = sum(value["place"] == "cell" for value in values)
    assert len(set(met)) == len(met) == 3 * each + once
    assert met[0] == ("explore-z", "1") and met[-1] == ("explore-d-c-prev", "1")
    browser.press(Keys.ARROW_LEFT)
    assert (browser.run(CHOSEN), browser.run(PRESSED)) == met[-2]
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    assert browser.run(PRESSED) == "2" and browser.run(CHOSEN) == met[-2][0]


def test_inputs_recompute_everything(browser):
    """Words, target, weights, scale and forget bias: typed in, and the numbers are the package's for them."""
    browser.open(f"{PAGE}#explore-d-a-f")
    form = {name: browser.all(f".xp-inputs [name={name}]")[0] for name in ("word2", "target", "weights", "scale")}
    for name, words in (("word2", "general"), ("target", "to"), ("weights", "drawn")):
        form[name].send_keys(words)
    typed(form["scale"], "0.55")
    typed(browser.tab_to(".xp-inputs [name=forgetBias]"), "-1.5")
    ids = [running_example.VOCABULARY.index(word) for word in ("the", "general", "had")]
    inputs = browser.run("const x = lstmExplorer; return {...x.parametersOf(x.inputs()), ...x.inputs()}")
    assert inputs["ids"] == ids and inputs["target"] == running_example.VOCABULARY.index("to")
    assert inputs["scale"] == 0.55 and inputs["forgetBias"] == -1.5
    steps = expected(inputs)["steps"]
    values = [steps[t]["d_a_f"].ravel() for t in range(3)]
    end = time.monotonic() + 10
    while True:  # the page computes anew when it has taken the last key in
        shown = [[float(number) for number in row] for row in browser.run(SHOWN)[:3]]
        if np.allclose([row[:-1] for row in shown], values, rtol=6e-3, atol=0) or time.monotonic() > end:
            break
    np.testing.assert_allclose([row[:-1] for row in shown], values, rtol=6e-3)
    np.testing.assert_allclose([row[-1] for row in shown], [np.linalg.norm(value) for value in values], rtol=6e-4)
    drawn = browser.run("return document.querySelector('#fig-explorer-backward [data-number=d_a_f]').textContent")
    np.testing.assert_allclose(float(drawn.replace("−", "-")), values[2][0], rtol=6e-4)
    words = browser.all("#fig-explorer-unrolled-backward .drawing-narrow [data-word]")
    assert [word.text for word in words] == ["the", "general", "had"]
    click(browser, ".xp-inputs button")
    assert browser.run("return lstmExplorer.inputs()")["scale"] == 0.1


@pytest.mark.parametrize("text", ["", "4", "-1", "1e999"])
def test_refuses_what_is_no_number(browser, text):
    """A scale out of range is named, marked and not taken; the last good numbers stay."""
    browser.open(PAGE)
    before = browser.run(SHOWN)
    scale = browser.tab_to(".xp-inputs [name=scale]")
    typed(scale, text)
    fault = browser.all(".xp-fault")[0].text
    assert fault.startswith("Scale: expected a number from 0 to 3") and scale.get_attribute("aria-invalid") == "true"
    assert browser.run("return lstmExplorer.inputs().scale") in (0.1, 1)  # "1" of "1e999" is a number by itself
    typed(scale, "0.1")
    assert browser.all(".xp-fault")[0].text == "" and browser.run(SHOWN) == before


def test_pictures_choose_and_light(browser):
    """A click on a part chooses it; what it is made of is lit, and nothing else."""
    browser.open(f"{PAGE}#explore-d-h")
    click(browser, "#fig-explorer-backward .drawing-wide [data-name=d_a_o]")
    assert browser.run(CHOSEN) == "explore-d-a-o"
    lit = browser.run(
        "return [...document.querySelectorAll('#fig-explorer-backward .drawing-wide .d-node.d-lit')]"
        ".map(part => part.dataset.needs)"
    )
    assert sorted(lit) == ["a_o", "o"]
    click(browser, "#fig-explorer-unrolled-backward .drawing-narrow g[data-needs=cell_1]")
    assert browser.run(PRESSED) == "1"
    marked = browser.all(".xp-equations .xp-marked")
    assert [item.text for item in marked if item.is_displayed()] and len(marked) == 1
    click(browser, ".xp-equations a[href='#explore-d-i']")
    assert browser.run(CHOSEN) == "explore-d-i" and browser.run(PRESSED) == "1"
    click(browser, ".xp-equations a[href='#explore-d-a-o']")
    click(browser, ".xp-chosen a[href='#explore-o']")
    assert browser.run(CHOSEN) == "explore-o" and browser.run(PRESSED) == "1"
    assert browser.all("#fig-explorer-forward")[0].is_displayed()
    assert not browser.all("#fig-explorer-backward")[0].is_displayed()


def test_a_chapters_link_shows_the_pictures(browser):
    """A link that names a gradient opens the page with it chosen, and with the controls in sight."""
    browser.open(f"{PAGE}#explore-d-i")
    assert browser.run(CHOSEN) == "explore-d-i" and browser.run(PRESSED) == "3"
    top = "return document.querySelector('.xp-inputs').getBoundingClientRect().top"
    WebDriverWait(browser.driver, 5).until(lambda _: 0 <= browser.run(top) < 300)


def test_what_is_handed_in_leads_to_the_step_it_comes_from(browser):
    """From the next step's gift the link goes to the next step, from the previous state to the previous step."""
    browser.open(f"{PAGE}#explore-d-h-next")
    browser.run("document.querySelector('.xp-steps button').click()")
    click(browser, ".xp-chosen a[href='#explore-d-h-prev']")
    assert browser.run(CHOSEN) == "explore-d-h-prev" and browser.run(PRESSED) == "2"
    browser.run("location.hash = 'explore-c-prev'")
    browser.run("document.querySelectorAll('.xp-steps button')[2].click()")
    click(browser, ".xp-chosen a[href='#explore-c']")
    assert browser.run(CHOSEN) == "explore-c" and browser.run(PRESSED) == "2"


def test_without_scripts_every_entry_is_there(browser, site):
    """The entries stand in full, the four pictures too, and no control that would do nothing."""
    browser.scripts(False)
    browser.open(PAGE)
    entries = browser.all(".xp-entry")
    assert len(entries) > 40 and all(entry.is_displayed() for entry in entries)
    assert len([drawing for drawing in browser.all("figure.drawing") if drawing.is_displayed()]) >= 4
    assert not browser.all(".xp-inputs, .xp-toolbar")


def test_from_a_file(browser, site):
    """Opened from the disk it computes, steps, and logs no error."""
    browser.open((site / PAGE).as_uri())
    compared(browser, random_inputs(np.random.default_rng(43)))
    browser.tab_to(".xp-toolbar button")
    before = browser.run(STATUS)
    browser.press(Keys.ARROW_RIGHT)
    assert browser.run(STATUS) != before and browser.errors() == []


def test_scripts_are_small(site):
    """All scripts of the explorer together, the written ones too, stay below 60 KB."""
    scripts = list((site / "_static" / "explorer").glob("*.js"))
    assert len(scripts) == 7 and sum(path.stat().st_size for path in scripts) < 60_000


def test_norms_over_a_longer_sequence(browser):
    """Where the gradient goes: bars for the length typed in, their norms those of the package, and a fault is named."""
    browser.open(PAGE)
    length = browser.tab_to("#explorer-bars input", presses=200)
    typed(length, "12")
    text, start = browser.run("return [lstmExplorer.data.text, lstmExplorer.data.window.start]")
    ids = [text[(start - 9 + k) % len(text)] for k in range(9)] + browser.run("return lstmExplorer.inputs().ids")
    inputs = browser.run("const x = lstmExplorer; return {...x.parametersOf(x.inputs()), ...x.inputs()}") | {"ids": ids}
    steps = expected(inputs)["steps"]
    norms = dict(browser.run("return Object.entries(lstmExplorer.norms)"))  # in the order of the rows
    assert len(norms) > 20 and all(len(norms[name]) == 12 for name in norms)
    for name, found in norms.items():
        same(found, [np.linalg.norm(step[name]) if name in step else np.nan for step in steps], name)
    rows = browser.all(".xp-norm-row")
    assert len(rows) == len(norms) and all(len(row.find_elements("css selector", "rect")) == 12 for row in rows)
    heights = browser.run(
        "return [...document.querySelectorAll('.xp-norm-row rect')].map(bar => Number(bar.getAttribute('height')))"
    )
    np.testing.assert_allclose(
        np.array(heights) / max(heights), np.ravel(list(norms.values())) / np.max(list(norms.values())), atol=1e-9
    )
    browser.all("#explorer-bars select")[0].send_keys("log")
    assert "8 decades" in browser.all(".xp-axis")[0].text
    typed(length, "61")
    assert browser.all("#explorer-bars .xp-fault")[0].text.startswith("Steps: expected a whole number from 1 to 60")
    assert len(browser.run("return lstmExplorer.norms.d_h")) == 6  # the "6" of "61" was good
