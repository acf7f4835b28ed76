"use strict";
// What a page can do where scripts run: switch views and rules, sort, filter, search, copy, save; the state stands in the
// address. Every number and text comes with the page: nothing is computed here and nothing is fetched.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  for (const figure of document.querySelectorAll("figure.plot")) lightLegend(figure);
  const holder = document.getElementById("state");
  if (!holder) return;

  const data = JSON.parse(holder.textContent);
  const main = document.getElementById("tables");
  const byRule = Object.fromEntries(data.views.map((view) => [view.id, view.by_rule]));
  const groups = data.groups.map(bindGroup);
  let state = defaults();

  fillRules();
  listen();
  readAddress();

  // ---- state and address ------------------------------------------------------------------------------------------------

  function defaults() {
    return { view: "measured", rule: "", sort: "", filters: [], query: "" };
  }

  /** #view=delta&rule=last&sort=main~column:0.4~down&f=word:match&q=text; anything without "=" is an anchor. */
  function readAddress() {
    const text = location.hash.slice(1);
    if (text && !text.includes("=")) return apply();
    const words = new URLSearchParams(text);
    state = defaults();
    if (byRule[words.get("view")] !== undefined) state.view = words.get("view");
    if (data.rules[words.get("rule")]) state.rule = words.get("rule");
    state.sort = words.get("sort") || "";
    state.filters = words.getAll("f");
    state.query = words.get("q") || "";
    apply();
  }

  function writeAddress() {
    const words = new URLSearchParams();
    if (state.view !== "measured") words.set("view", state.view);
    if (state.rule) words.set("rule", state.rule);
    if (state.sort) words.set("sort", state.sort);
    for (const filter of state.filters) words.append("f", filter);
    if (state.query) words.set("q", state.query);
    history.replaceState(null, "", "#" + words);
  }

  function change(values) {
    Object.assign(state, values);
    writeAddress();
    apply();
  }

  // ---- binding ----------------------------------------------------------------------------------------------------------

  function bindGroup(group) {
    const section = document.getElementById("group/" + group.id);
    const table = section.querySelector("table.board");
    const bodies = new Map([...table.tBodies].map((body) => [body.dataset.row, body]));
    const rows = group.rows.map((row) => {
      const body = bodies.get(row.id);
      const cells = [...body.rows[0].querySelectorAll("td.cell")];
      return { data: row, body, cells: row.cells.map((cell, i) => ({ data: cell, td: cells[i] })) };
    });
    for (const head of table.tHead.rows[0].cells) bindSort(head, group);
    table.style.setProperty("--head", table.tHead.offsetHeight - 1 + "px");
    return { data: group, section, table, rows };
  }

  function bindSort(head, group) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => change({ sort: nextSort(group, head.dataset.sort) }));
  }

  /** A number of the first sentence filters by its word. A button element would be a box that breaks the sentence's lines. */
  function bindCount(count) {
    count.classList.add("link");
    count.setAttribute("role", "button");
    count.tabIndex = 0;
    count.dataset.chip = "word:" + count.dataset.word;
    const press = () => {
      toggleFilter(count.dataset.chip);
      main.scrollIntoView();
    };
    count.addEventListener("click", press);
    count.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();  // Space would scroll
      press();
    });
  }

  /** The useful direction first, then the other, then the table's own order. */
  function nextSort(group, key) {
    const first = key.startsWith("column:") && !(data.lower_is_better && state.view !== "delta") ? "down" : "up";
    const [sortedGroup, sortedKey, direction] = state.sort.split("~");
    if (sortedGroup !== group.id || sortedKey !== key) return [group.id, key, first].join("~");
    if (direction === first) return [group.id, key, first === "up" ? "down" : "up"].join("~");
    return "";
  }

  function fillRules() {
    const select = document.getElementById("rule");
    const measured = new Set(data.groups.flatMap((group) => group.rules));
    const cells = data.groups.flatMap((group) => group.rows).flatMap((row) => row.cells);
    const published = cells.some((cell) => cell.shown.published);
    const own = data.chosen_rule ? "as reported: " + data.rules[data.chosen_rule] : published ? "as published" : "as the protocol says";
    select.append(new Option(own, ""));
    for (const rule of measured) select.append(new Option(data.rules[rule], rule));
  }

  function listen() {
    for (const radio of document.querySelectorAll("input[name=view]"))
      radio.addEventListener("change", () => change({ view: radio.value }));
    document.getElementById("rule").addEventListener("change", (event) => change({ rule: event.target.value }));
    document.getElementById("search").addEventListener("input", (event) => change({ query: event.target.value }));
    for (const chip of document.querySelectorAll("[data-chip]"))
      chip.addEventListener("click", () => toggleFilter(chip.dataset.chip));
    for (const count of document.querySelectorAll(".count")) bindCount(count);
    for (const clear of document.querySelectorAll("button.clear"))
      clear.addEventListener("click", () => change({ filters: [], query: "" }));
    for (const group of groups)
      for (const button of group.section.querySelectorAll("[data-take]"))
        button.addEventListener("click", () => take(group, button.dataset.take));
    for (const link of document.querySelectorAll("a.source")) link.addEventListener("click", showSource);
    document.getElementById("aside-close").addEventListener("click", () => document.getElementById("aside").close());
    addEventListener("hashchange", readAddress);
  }

  function toggleFilter(filter) {
    const has = state.filters.includes(filter);
    change({ filters: has ? state.filters.filter((other) => other !== filter) : [...state.filters, filter] });
  }

  // ---- applying the state -----------------------------------------------------------------------------------------------

  function apply() {
    main.dataset.view = state.view;
    for (const radio of document.querySelectorAll("input[name=view]")) radio.checked = radio.value === state.view;
    document.getElementById("rule").value = state.rule;
    const search = document.getElementById("search");
    if (search.value !== state.query) search.value = state.query;
    for (const chip of document.querySelectorAll("[data-chip]"))
      chip.setAttribute("aria-pressed", String(state.filters.includes(chip.dataset.chip)));
    for (const group of groups) applyGroup(group);
  }

  function ruleOf(group) {
    return group.data.rules.includes(state.rule) ? state.rule : group.data.rule;
  }

  /** [text, number] of a cell in the view that is on. */
  function shownOf(group, cell) {
    const shown = cell.data.shown[state.view];
    return (shown && shown[byRule[state.view] ? ruleOf(group) : ""]) || ["", undefined];
  }

  function applyGroup(group) {
    let hidden = 0;
    for (const row of group.rows) {
      const keeps = row.data.pinned || passes(row.data);
      row.body.hidden = !keeps;
      if (!keeps) hidden += 1;
      for (const cell of row.cells) applyCell(group, cell);
    }
    const note = group.section.querySelector(".filtered");
    note.hidden = hidden === 0;
    note.querySelector(".how-many").textContent = hidden;
    sortRows(group);
  }

  function applyCell(group, cell) {
    const text = shownOf(group, cell)[0];
    let value = cell.td.querySelector(".value");
    if (!value && text && state.view !== "published") {
      value = document.createElement("span");
      value.className = "value";
      cell.td.prepend(value);
    }
    if (value) value.textContent = state.view === "published" ? "" : text;
    const rule = ruleOf(group);
    const rank = cell.td.querySelector(".rank");
    if (rank) rank.textContent = cell.data.rank && cell.data.rank[rule] ? "#" + cell.data.rank[rule] : "";
    showReason(cell.td, (cell.data.aside || {})[rule]);
    cell.td.classList.toggle("best", Boolean(cell.data.best && cell.data.best[rule]));
    cell.td.classList.toggle("hit", (cell.data.words || []).some((word) => state.filters.includes("word:" + word)));
  }

  /** Why the cell has no rank, or no value, under the rule that is on. */
  function showReason(td, text) {
    let note = td.querySelector(".aside");
    if (!note && text) {
      note = document.createElement("span");
      note.className = "note aside";
      const before = td.querySelector(".said, .note");
      before ? before.before(note) : td.append(note);
    }
    if (note) note.textContent = text || "";
  }

  /** Filters of one kind are alternatives, kinds are all asked for. */
  function passes(row) {
    const tags = new Set([...row.tags, ...row.cells.flatMap((cell) => (cell.words || []).map((word) => "word:" + word))]);
    const kinds = new Map();
    for (const filter of state.filters) {
      const kind = filter.split(":")[0];
      kinds.set(kind, kinds.get(kind) || tags.has(filter));
    }
    const query = state.query.trim().toLowerCase();
    const text = [row.title, row.id, row.note || ""].join(" ").toLowerCase();
    return [...kinds.values()].every(Boolean) && text.includes(query);
  }

  function sortRows(group) {
    const [sortedGroup, key, direction] = state.sort.split("~");
    const mine = sortedGroup === group.data.id;
    for (const head of group.table.tHead.rows[0].cells) {
      if (mine && head.dataset.sort === key) {
        head.setAttribute("aria-sort", direction === "up" ? "ascending" : "descending");
      } else {
        head.removeAttribute("aria-sort");
      }
    }
    group.shownRows = group.rows.map((row, place) => ({ row, place, number: mine ? sortValue(group, row, key) : undefined }));
    const sign = direction === "up" ? 1 : -1;
    group.shownRows.sort((a, b) => pinnedFirst(a, b) || (mine ? compare(a.number, b.number, sign) : 0) || a.place - b.place);
    group.shownRows = group.shownRows.map((entry) => entry.row);
    for (const row of group.shownRows) group.table.append(row.body);
  }

  function pinnedFirst(a, b) {
    return Number(Boolean(b.row.data.pinned)) - Number(Boolean(a.row.data.pinned));
  }

  function sortValue(group, row, key) {
    if (key === "title") return row.data.title;
    const [kind, ...name] = key.split(":");
    if (kind === "cost") return (row.data.costs[name[0]] || [])[1];
    const place = group.data.columns.findIndex((column) => column.id === name.join(":"));
    return place < 0 ? undefined : shownOf(group, row.cells[place])[1];
  }

  /** What has no value stands last in either direction. */
  function compare(a, b, sign) {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    if (typeof a === "string") return sign * a.localeCompare(b, "en");
    return sign * (a - b);
  }

  // ---- taking the table along -------------------------------------------------------------------------------------------

  /** What is shown, cell by cell, in the order in which it is shown. */
  function shownTable(group) {
    const rows = group.shownRows.filter((row) => !row.body.hidden);
    return rows.map((row) => ({
      row: row.data.id,
      title: row.data.title,
      ...(row.data.note ? { note: row.data.note } : {}),
      ...(row.data.origin ? { origin: row.data.origin } : {}),
      cells: row.cells.map((cell, i) => shownCell(group, cell, group.data.columns[i])),
      costs: Object.fromEntries(Object.entries(row.data.costs).map(([name, cost]) => [name, cost[0]])),
    }));
  }

  function shownCell(group, cell, column) {
    const [text, number] = shownOf(group, cell);
    const aside = (cell.data.aside || {})[ruleOf(group)];
    const entry = { cell: cell.data.id, column: column.title, shown: text || cell.data.state || "" };
    if (number !== undefined) entry.number = number;
    if (state.view === "measured") {
      const rank = (cell.data.rank || {})[ruleOf(group)];
      if (rank) entry.rank = rank;
      if ((cell.data.best || {})[ruleOf(group)]) entry.best = true;
      if (aside) entry.aside = aside;
      if (cell.data.notes) entry.notes = cell.data.notes;
      if (cell.data.shown.published) entry.published = cell.data.shown.published[""][0];
      if (cell.data.shown.delta && text) entry.difference = cell.data.shown.delta[""][0];
    }
    return entry;
  }

  function take(group, form) {
    const columns = group.data.columns.map((column) => column.title);
    const head = { protocol: data.protocol, group: group.data.id, view: state.view, rule: ruleOf(group) };
    const table = { head, rule: data.rules[head.rule], columns, rows: shownTable(group), latex: data.latex };
    const name = [data.protocol, group.data.id, state.view].join("_");
    if (form === "csv") return save(name + ".csv", "text/csv", forms.csv(table));
    if (form === "json") return save(name + ".json", "application/json", forms.json(table));
    return copy(form === "latex" ? "LaTeX" : "Markdown", forms[form](table));
  }

  function save(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function copy(form, text) {
    const area = document.createElement("textarea");
    area.readOnly = true;
    area.value = text;
    area.setAttribute("aria-label", "The table as " + form);
    openAside("The table as " + form, [area]);
    area.select();
    try {
      await navigator.clipboard.writeText(text);
      document.getElementById("aside-title").textContent = "Copied as " + form;
    } catch {  // no permission: the text is selected, one key copies it
    }
  }

  // ---- asides -----------------------------------------------------------------------------------------------------------

  function openAside(title, nodes) {
    document.getElementById("aside-title").textContent = title;
    document.getElementById("aside-body").replaceChildren(...nodes);
    document.getElementById("aside").showModal();
  }

  /** All that print a value: its row of the list of sources. */
  function showSource(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = document.getElementById(decodeURIComponent(event.currentTarget.hash.slice(1)));
    if (!row) return;
    event.preventDefault();
    const [, value, rule, printed] = row.cells;
    const list = document.createElement("div");
    list.append(...[...printed.childNodes].map((node) => node.cloneNode(true)));
    const words = document.createElement("p");
    words.textContent = rule.textContent;
    openAside("Published: " + value.textContent, [words, list]);
  }

  // ---- plots ------------------------------------------------------------------------------------------------------------

  /** Pointing at a name mutes the other lines. */
  function lightLegend(figure) {
    const series = [...figure.querySelectorAll(":scope > svg > g.series")];
    [...figure.querySelectorAll(".legend li")].forEach((item, place) => {
      const mute = (on) => series.forEach((line, i) => line.classList.toggle("muted", on && i !== place));
      item.addEventListener("pointerenter", () => mute(true));
      item.addEventListener("pointerleave", () => mute(false));
    });
  }
})();
