// What the test of every page asks of it. It is there before the page is.
const access = {
  // moved lists what moved that was on the screen already.
  moved: [],

  watch() {
    const seen = new PerformanceObserver(list => this.add(list.getEntries()));
    seen.observe({ type: "layout-shift", buffered: true });
    this.taken = () => this.add(seen.takeRecords());
    new PerformanceObserver((list, self) => {
      self.disconnect();
      painted("");
    }).observe({ type: "paint", buffered: true });
  },

  add(entries) {
    for (const e of entries) {
      if (e.value < 0.0005) continue; // less than anybody sees, as where letters come from another font
      for (const { node, previousRect: a, currentRect: b } of e.sources) {
        this.moved.push(`${this.name(node?.parentElement ?? document.body)} moves from ${a.x}, ${a.y} to ${b.x}, ${b.y} (${e.value})`);
      }
    }
  },

  // settled scrolls through the page and waits until all its pictures are there.
  async settled() {
    for (const late of document.querySelectorAll("img[loading=lazy]")) {
      late.scrollIntoView();
      await this.frame();
      const near = [...document.images].filter(i => {
        const box = i.getBoundingClientRect();
        return !i.complete && i.checkVisibility() && box.bottom > 0 && box.top < innerHeight;
      });
      await Promise.all(near.map(i => new Promise(done => { i.onload = i.onerror = done; })));
    }
    scrollTo(0, 0);
    await this.frame();
    this.taken();
    return this.moved;
  },

  frame() {
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  },

  // weight is that of the page, its style and its scripts, in bytes.
  weight() {
    const parts = performance.getEntriesByType("resource").filter(e => /\.(css|js)\b/.test(e.name));
    return [performance.getEntriesByType("navigation")[0], ...parts].reduce((sum, e) => sum + e.decodedBodySize, 0);
  },

  // axe lists what axe-core finds by some rules, or by all there are for WCAG 2.2 AA
  // and by good custom, a line each.
  async axe(rules) {
    const found = await axe.run(document, {
      runOnly: rules ?? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    });
    return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.replaceAll("\n", " ")}`));
  },

  // cut lists what stands out of the page sideways, or is cut off at its side. The name
  // of a file that is sent is shortened by the browser.
  cut() {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth) {
      wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
      for (const e of document.querySelectorAll("body *")) {
        const box = e.getBoundingClientRect();
        if ((box.right > innerWidth + 1 || box.left < -1) && !e.closest(".unseen")) wrong.push(`${this.name(e)} reaches from ${box.left} to ${box.right}`);
      }
    }
    for (const e of document.querySelectorAll("body *")) {
      const way = getComputedStyle(e).overflowX;
      if ((way === "hidden" || way === "clip") && !e.matches(".unseen, .portrait, [type=file]") && e.scrollWidth > e.clientWidth + 1) {
        wrong.push(`${this.name(e)} is cut off`);
      }
    }
    return wrong;
  },

  // alike lists buttons of one name that do different things: who hears them one
  // after the other cannot tell them apart.
  alike() {
    const known = new Map(), wrong = [];
    for (const e of document.querySelectorAll("main button, main summary")) {
      if (!e.checkVisibility({ visibilityProperty: true })) continue;
      const name = e.textContent.trim().replace(/\s+/g, " ");
      if (known.has(name)) wrong.push(`${this.name(e)} in ${this.name(e.parentElement)}`);
      known.set(name, e);
    }
    return wrong;
  },

  // begin finds what one works the page by, as it is reached by keyboard: all that
  // is seen, in the order of the page, of radio buttons one of each group.
  begin() {
    const groups = new Set();
    this.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(e => {
      if (e.type === "hidden" || e.disabled || e.closest(".unseen") || !e.checkVisibility({ visibilityProperty: true })) return false;
      if (e.type !== "radio") return true;
      const all = [...document.querySelectorAll(`input[type=radio][name="${e.name}"]`)].filter(o => o.form === e.form);
      const stop = all.find(o => o.checked) ?? all[0];
      if (groups.has(stop) || e !== stop) return false;
      groups.add(stop);
      return true;
    });
    document.body.tabIndex = -1; // from where the keyboard goes on
    document.body.focus();
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
    return this.stops.map(e => this.name(e));
  },

  // here is where the keyboard has come to: the number of the stop (-1: it is none,
  // -2: it has left the page), and what is wrong with it.
  here() {
    const e = document.activeElement;
    if (!e || e === document.body) return { stop: -2 };
    return { stop: this.stops.indexOf(e), name: this.name(e), parts: e.type === "date", wrong: this.wrongAt(e) };
  },

  wrongAt(e) {
    const style = getComputedStyle(e), wrong = [];
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("one does not see that it is reached");
    const box = [...e.getClientRects()].find(b => b.width > 1 && b.height > 1);
    if (!box) return [...wrong, "it is not seen"];
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const top = document.elementFromPoint(x, y);
    if (!top) wrong.push(`it lies out of the window, at ${Math.round(x)}, ${Math.round(y)}`);
    else if (!e.contains(top) && !top.contains(e)) wrong.push(`it lies behind ${this.name(top)}`);
    return wrong;
  },

  // jumps lists the stops that stand before the stop that leads to them: above it,
  // or in its line at the side that is read first. A new column begins at its top.
  jumps() {
    const wrong = [];
    for (let i = 1; i < this.stops.length; i++) {
      const [from, to] = [this.stops[i - 1], this.stops[i]];
      let both = to;
      while (!both.contains(from)) both = both.parentElement;
      const side = getComputedStyle(both).direction === "rtl" ? -1 : 1;
      const a = [...from.getClientRects()].at(-1), b = to.getClientRects()[0];
      const start = box => side > 0 ? box.left : -box.right, end = box => side > 0 ? box.right : -box.left;
      const above = b.bottom <= a.top + 1, beside = start(b) >= end(a) - 1;
      const inLine = b.top < a.bottom - 1 && b.bottom > a.top + 1;
      if (above && !beside || inLine && end(b) <= start(a) + 1) wrong.push(`from ${this.name(from)} to ${this.name(to)}`);
    }
    return wrong;
  },

  name(e) {
    const text = (e.innerText || e.value || e.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const mark = e.id ? "#" + e.id : e.getAttribute("href") || e.name || e.className;
    return `${e.localName}[${mark}] ${text}`;
  },
};
access.watch();
