"""How much a reader's browser loads of each kind of page, and when it paints first: `python benchmarks/pages.py`.

The built site is served without compression; the browser runs, and has nothing of the page. The bytes are the same in
every run, and tests/browser/test_budgets.py has their limits. The times are this machine's: compare two sites in one
run, on a machine with nothing else to do.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from browsing import Browser, chromium, served  # noqa: E402 (no package: the path is set above)

PAGES = {
    "home": "index.html",
    "chapter": "lstm_cell.html",
    "ledger": "ledger/index.html",
    "module": "_modules/lstmderiv/lstm.html",
    "API": "api/derivations.html",
    "search": "search.html",
}

TIMES = """
const ready = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
return new Promise(resolve => new PerformanceObserver(list => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  if (paint) resolve([paint.startTime, ready]);
}).observe({type: "paint", buffered: true}));
"""


def main():
    """Print a line for each kind of page and each site."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sites", nargs="*", type=Path, default=[ROOT / "build" / "html"], help="folders of built sites")
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    print("page     kB     requests  first paint, ms: best, median  page ready, ms: best, median  site")
    with tempfile.TemporaryDirectory() as profile:
        driver = chromium(profile)
        for kind, page in PAGES.items():
            for site in arguments.sites:
                with served(site) as address:
                    browser = Browser(driver, address)
                    browser.width(1280)
                    loads, times = [], []
                    for _ in range(arguments.runs + 1):
                        loads.append(browser.first_load(page))
                        times.append(browser.run(TIMES))
                paints, ready = zip(*times[1:])  # the first run warms the browser up
                print(
                    f"{kind:8} {sum(loads[-1].values()) / 1000:<6.0f} {len(loads[-1]):<9} "
                    f"{min(paints):<5.0f} {median(paints):<24.0f} {min(ready):<5.0f} {median(ready):<23.0f} {site}",
                    flush=True,
                )
        driver.quit()


if __name__ == "__main__":
    main()
