"use strict";
// The forms in which a page's table is taken along: {head, rule, columns, rows, latex} -> text. A row has title, note, origin, cells
// and costs; a cell has what is shown and, in the measured view, rank, best, published, difference, aside and notes. No form loses
// where a row comes from, or why a cell has no rank.
const forms = (() => {
  function csv(table) {
    const quote = (value) => (/[",\r\n]/.test(value) ? '"' + value.replaceAll('"', '""') + '"' : value);
    const fields = ["shown", "number", "rank", "published", "difference", "aside"];
    const lines = [["cell", "row", "column", ...fields, "notes", "row_note"]];
    for (const row of table.rows) {
      for (const cell of row.cells) {
        const values = fields.map((field) => String(cell[field] ?? ""));
        lines.push([cell.cell, row.title, cell.column, ...values, (cell.notes || []).join("; "), row.note || ""]);
      }
      for (const [name, cost] of Object.entries(row.costs))
        lines.push(["", row.title, name, cost, ...fields.slice(1).map(() => ""), "", row.note || ""]);
    }
    return lines.map((line) => line.map(quote).join(",") + "\r\n").join("");
  }

  function json(table) {
    return JSON.stringify({ ...table.head, rows: table.rows }, null, 1) + "\n";
  }

  function markdown(table) {
    const escape = (text) => text.replace(/[\\`*_[\]|~#!$]/g, "\\$&").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
      .replace(/[\u0000-\u001f]/g, " ");
    const head = ["row", ...table.columns].map(escape);
    const lines = [head, head.map(() => "---")];
    for (const row of table.rows) {
      const cells = row.cells.map((cell) => {
        const more = [cell.published && "published " + cell.published, cell.difference && "Δ " + cell.difference];
        return [cell.shown, cell.aside, ...(cell.notes || []), ...more].filter(Boolean).map(escape).join("<br>");
      });
      lines.push([escape(row.title) + (row.origin ? "<br>*" + escape(row.note) + "*" : ""), ...cells]);
    }
    return lines.map((line) => "| " + line.join(" | ") + " |\n").join("");
  }

  function latex(table) {
    const words = (text) => latexText(table.latex, text);
    const line = (cells) => "  " + cells.join(" & ") + " \\\\\n";
    const marks = new Map();  // what cells say beside their numbers -> its letter
    const mark = (said) => {
      if (!said) return "";
      if (!marks.has(said)) marks.set(said, String.fromCharCode(97 + (marks.size % 26)).repeat(1 + Math.floor(marks.size / 26)));
      return "\\textsuperscript{" + marks.get(said) + "}";
    };
    const shown = (cell) => {
      const text = words(cell.shown || (cell.aside ? "–" : ""));
      return (cell.best ? "\\textbf{" + text + "}" : text) + [cell.aside, ...(cell.notes || [])].map(mark).join("");
    };
    let text = "% " + words([table.head.protocol, table.head.group, table.head.view, table.rule].join(", ")) + "\n";
    text += "\\begin{tabular}{l" + "c".repeat(table.columns.length) + "}\n  \\toprule\n";
    text += line(["", ...table.columns.map(words)]) + "  \\midrule\n";
    for (const row of table.rows) text += line([words(row.title + (row.origin ? " (" + row.origin + ")" : "")), ...row.cells.map(shown)]);
    text += "  \\bottomrule\n\\end{tabular}\n";
    for (const [said, letter] of marks) text += "\\par{\\footnotesize\\textsuperscript{" + letter + "} " + words(said) + "}\n";
    return text;
  }

  /** As latex_escaped() of the LaTeX twin, with the same table of signs. */
  function latexText(signs, text) {
    let out = "";
    let before = "";
    for (const sign of text.normalize("NFC")) {
      const joins = sign === before && "-',".includes(sign);  // two of these are one sign of LaTeX's own
      out += signs[sign] ?? (sign < " " || sign === "\u007f" ? " " : (joins ? "{}" : "") + sign);
      before = sign;
    }
    return out.trim();
  }

  return { csv, json, markdown, latex };
})();
