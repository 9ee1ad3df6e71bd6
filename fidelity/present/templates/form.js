"use strict";
/* One sitting: counts, keeps a draft in this tab, checks, and saves a record as a file. It asks
   nothing of any network, and the policy in the head of the page would not let it. */
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("form");
  const items = [...form.querySelectorAll("fieldset.item")];
  const fields = [...form.querySelectorAll("[data-field]")];
  const stamps = [...form.querySelectorAll("[data-stamp]")].map((part) => part.dataset);
  const surveyed = form.dataset.audience !== "practice";
  const short = form.dataset.short === "yes";
  const kept = "fidelity-form " + [form.dataset.audience, form.dataset.short,
    ...stamps.map((stamp) => stamp.fingerprint), location.pathname].join(" ");
  let dirty = false;

  /* Characters that cannot be seen would be refused when the record is read. */
  const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu;
  const clean = (text) => text.replace(unseen, "").replace(/\r\n?/g, "\n").trim();
  const line = (text) => clean(text).replace(/\s+/g, " ");

  /* ---- answers ---- */
  const value = (item) => item.querySelector("[data-kind=value]");
  function answer(item) {
    const typed = value(item);
    if (typed) return typedAnswer(typed);
    const chosen = item.querySelector("input:checked");
    return chosen ? { value: chosen.value, reason: chosen.dataset.reason || "" } : { value: "" };
  }
  function typedAnswer(typed) {
    const text = line(typed.value);
    if (!text) return { value: "" };
    const code = typed.dataset.codes.split("|").filter(Boolean)
      .find((known) => known.toUpperCase() === text.toUpperCase());
    if (code) return { value: code.split(" ")[0], reason: code.split(" ")[1] || "" };
    const { lowest, highest, decimals } = typed.dataset;
    const number = /^[+-]?\d{1,7}(?:\.(\d{1,6}))?$/.exec(text);
    const places = number ? (number[1] || "").replace(/0+$/, "").length : 0;
    const right = number && places <= +decimals && +text >= +lowest && +text <= +highest;
    return right ? { value: text } : { value: "", wrong: true };
  }
  const noteOf = (item) => clean(item.querySelector("[data-kind=note]").value);
  const legend = (item) => line(item.querySelector("legend").textContent);
  const worried = () => form.querySelector("[name=concern]:checked")?.value || "";

  function count() {
    const done = items.filter((item) => answer(item).value).length;
    const told = `${done} of ${items.length} ${form.dataset.counted}`;
    if ($("count").textContent !== told) $("count").textContent = told;
    $("bar").value = done;
    for (const item of items) {
      const button = item.querySelector(".clear");
      if (button) button.hidden = !item.querySelector("input:checked");
    }
  }
  function actNow() {
    const act = worried() === "yes";
    $("passed-on").hidden = !act;
    if (act === Boolean($("act").firstChild)) return;
    $("act").replaceChildren(...(act ? [$("act-words").content.cloneNode(true)] : []));
  }

  /* ---- checks: what must be mended, and what is only missing ---- */
  function day(text) {
    const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
    const ours = /^(\d{1,2})[\/.\- ](\d{1,2})[\/.\- ](\d{4})$/.exec(text);
    const [year, month, date] = iso ? [iso[1], iso[2], iso[3]].map(Number)
      : ours ? [ours[3], ours[2], ours[1]].map(Number) : [0, 0, 0];
    const made = new Date(Date.UTC(year, month - 1, date));
    const real = year >= 1990 && year <= 2100 && made.getUTCMonth() === month - 1
      && made.getUTCDate() === date;
    return real ? made.toISOString().slice(0, 10) : "";
  }
  function nhs(text) {
    const digits = text.replace(/[\s-]/g, "");
    if (!/^\d{10}$/.test(digits)) return false;
    const sum = [...digits.slice(0, 9)].reduce((all, digit, n) => all + digit * (10 - n), 0);
    return (11 - (sum % 11)) % 11 === +digits[9];
  }
  /* Words of a reference that is no person's name, though each has a capital. */
  const place = /\b(audit|case|file|form|group|north|south|east|west|manager|moderator|observer|panel|piece|sample|session|supervision|team|unit|visit|worker)/i;
  function personal(text, key) {
    if (/@/.test(text)) return "an e-mail address";
    if (/^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?(\d\d\s?){3}[A-D]$/i.test(text)) return "a National Insurance number";
    if (/\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}\b/i.test(text)) return "a postcode";
    if (nhs(text)) return "an NHS number";
    if (/^[A-Z]\d{11}[\dA-Z]$/i.test(text)) return "a pupil number";
    if (/^(\+44|0)[\d\s-]{9,13}$/.test(text)) return "a phone number";
    if (/\b\d{1,2}[\/.-]\d{1,2}[\/.-](\d{2}|\d{4})\b/.test(text)) return "a date of birth";
    const reference = ["piece", "rater", "case", "practitioner"].includes(key);
    if (reference && !place.test(text) && /^\p{Lu}\p{Ll}+([ ,.'-]+\p{Lu}\p{Ll}*)+$/u.test(text)) return "a name";
    return "";
  }
  function fieldProblem(field) {
    const text = line(field.value);
    const label = line(field.labels[0].firstChild.textContent);
    if (!text) return "needed" in field.dataset ? `${label}: this is needed.` : "";
    if (field.dataset.kind === "date") return day(text) ? "" : `${label}: write a date, such as 30/11/2026.`;
    if (field.dataset.kind === "number") return /^\d{1,4}$/.test(text) ? "" : `${label}: write a whole number.`;
    const looks = field.dataset.kind === "choice" ? "" : personal(text, field.dataset.field);
    return looks ? `${label}: this looks like ${looks}. Use a reference that only your authority can trace.` : "";
  }
  function check() {
    const wrong = [], missing = [];
    const none = !worried();
    mark($("concern"), "", none && form.dataset.audience !== "parent"
      ? "Answer the question about a child at risk: yes or no." : "", $("concern-no"), wrong);
    for (const field of fields.filter((one) => one.type !== "hidden")) {
      const hidden = field.closest("#passed-on[hidden]");
      mark(field.closest(".field"), field.id, hidden ? "" : fieldProblem(field), field, wrong);
    }
    for (const item of items) {
      const given = answer(item), typed = value(item);
      const first = typed || item.querySelector("input");
      const what = given.wrong ? `${legend(item)}: ${line(typed.labels[0].textContent)}.` : "";
      mark(item, item.id, what, first, wrong);
      if (!given.value && !given.wrong) missing.push({ text: legend(item), to: first });
    }
    return { wrong, missing };
  }
  function mark(part, id, what, to, wrong) {
    const error = part.querySelector(":scope > .error");
    error.textContent = what;
    part.classList.toggle("wrong", Boolean(what));
    if (to.type !== "radio") what ? to.setAttribute("aria-invalid", "true") : to.removeAttribute("aria-invalid");
    if (!what) return;
    if (to.closest("details")) to.closest("details").open = true;
    wrong.push({ text: what, to });
  }
  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }
  function show(heading, list, after) {
    const links = element("ul", "");
    for (const { text, to } of list) {
      const link = element("a", text), row = element("li", "");
      link.href = "#" + to.id;
      link.addEventListener("click", (event) => { event.preventDefault(); to.focus(); });
      row.append(link);
      links.append(row);
    }
    $("problems").replaceChildren(element("h2", heading), links, ...after);
    $("problems").focus();
    $("problems").scrollIntoView();
  }

  /* ---- the record ---- */
  const two = (number) => String(number).padStart(2, "0");
  function now() {
    const t = new Date();
    return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}T${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  }
  function record() {
    const parts = { assessment: {}, concern: {} };
    if (worried()) parts.concern.concern = worried();
    for (const field of fields) {
      if (field.closest("#passed-on[hidden]")) continue;
      const text = field.dataset.kind === "date" ? day(line(field.value)) : line(field.value);
      if (text) parts[field.dataset.part][field.dataset.field] = text;
    }
    const made = now();
    if (surveyed) parts.assessment.rater = parts.assessment.piece;
    if (surveyed) parts.assessment.date = made.slice(0, 10);
    parts.assessment.rated_on = made.slice(0, 10);
    return {
      format: "fidelity-record", format_version: 1,
      rubrics: stamps.map(({ id, version, fingerprint }) =>
        ({ id, version, fingerprint, ...(short ? { short: true } : {}) })),
      assessment: parts.assessment, ratings: items.map(rating).filter((one) => one.value || one.note),
      concern: parts.concern, made_at: made,
    };
  }
  function rating(item) {
    const given = answer(item), note = noteOf(item);
    return {
      rubric: item.dataset.rubric, item: item.dataset.item, value: given.value,
      ...(given.reason ? { reason: given.reason } : {}), ...(note ? { note } : {}),
    };
  }
  const plain = (text) => text.normalize("NFKD").replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 40);

  function save(despite) {
    const { wrong, missing } = check();
    if (wrong.length) return show("There is a problem", wrong, []);
    if (missing.length && !despite && worried() !== "yes") {
      const button = element("button", `Save with ${missing.length} not ${form.dataset.counted}`);
      button.type = "button";
      button.addEventListener("click", () => save(true));
      const n = missing.length === 1 ? "1 question is" : `${missing.length} questions are`;
      return show(`${n} not ${form.dataset.counted}`, missing, [button]);
    }
    $("problems").replaceChildren();
    const made = record(), text = JSON.stringify(made, null, 2) + "\n";
    const name = [stamps[0].id, made.assessment.piece, surveyed ? "" : made.assessment.rater]
      .filter(Boolean).map(plain).join("_") + ".json";
    const link = element("a", "");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    $("file").textContent = name;
    $("copied").value = text;
    $("told").textContent = "";
    $("saved").hidden = false;
    forget();
    $("state").textContent = "Saved";
    $("saved").focus();
    $("saved").scrollIntoView();
  }
  async function copy() {
    $("copied").focus();
    $("copied").select();
    let done = false;
    try { await navigator.clipboard.writeText($("copied").value); done = true; } catch { done = document.execCommand("copy"); }
    $("told").textContent = done ? "Copied." : "Press Ctrl and C to copy.";
  }

  /* ---- the draft: in this tab alone, until it is saved ---- */
  const controls = () => [...form.elements].filter((one) => one.name);
  const store = (work) => { try { return work(sessionStorage); } catch { return undefined; } };
  function keep() {
    dirty = true;
    const values = {};
    for (const one of controls()) {
      if (one.type === "radio") { if (one.checked) values[one.name] = one.id; }
      else if (one.value) values[one.name] = one.value;
    }
    const could = store((place) => { place.setItem(kept, JSON.stringify({ at: now(), values })); return true; });
    $("state").textContent = could ? "Not saved yet" : "Not saved yet; this browser keeps no draft";
  }
  function forget() {
    dirty = false;
    store((place) => place.removeItem(kept));
  }
  function bring() {
    const found = store((place) => JSON.parse(place.getItem(kept) || "null"));
    if (!found) return false;
    for (const one of controls()) {
      const given = found.values[one.name];
      if (one.type === "radio") one.checked = given === one.id;
      else if (given !== undefined) one.value = given;
    }
    for (const more of form.querySelectorAll("details"))
      more.open = [...more.querySelectorAll("input, select")].some((one) => one.value && one.value !== one.querySelector?.("[selected]")?.value);
    dirty = true;
    $("state").textContent = `Not saved yet. Your draft of ${found.at.slice(11, 16)} was brought back`;
    return true;
  }
  function code() {
    const letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    const drawn = crypto.getRandomValues(new Uint8Array(8));
    return "R-" + [...drawn].map((byte) => letters[byte % letters.length]).join("");
  }
  function fresh(carried) {
    form.reset();
    for (const id of carried) $(id[0]).value = id[1];
    if (surveyed) $("piece").value = code();
    forget();
    $("problems").replaceChildren();
    $("saved").hidden = true;
    for (const part of form.querySelectorAll(".wrong")) part.classList.remove("wrong");
    for (const error of form.querySelectorAll(".error")) error.textContent = "";
    $("state").textContent = "";
    actNow();
    count();
    window.scrollTo(0, 0);
    $("concern-no").focus();
  }
  function next() {
    const same = ["rater", "rater_role", "team", "purpose", "selection", "source"];
    fresh(same.filter((id) => $(id)).map((id) => [id, $(id).value]));
  }

  /* ---- what people do ---- */
  function clear(item) {
    for (const one of item.querySelectorAll("input:checked")) one.checked = false;
    changed();
  }
  function changed() { keep(); count(); actNow(); }
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("keydown", (event) => {
    const at = event.target, item = at.closest("fieldset.item");
    if (event.key === "Enter" && at.tagName === "INPUT") event.preventDefault();
    if (!item || at.type !== "radio" || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); return clear(item); }
    if (!/^\d$/.test(event.key)) return;
    const level = [...item.querySelectorAll(".level input")].find((one) => one.value === event.key);
    if (level) { level.checked = true; level.focus(); changed(); }
  });
  form.addEventListener("click", (event) => {
    if (!event.target.matches(".clear")) return;
    const item = event.target.closest("fieldset.item");
    clear(item);
    item.querySelector("input").focus();
  });
  $("save").addEventListener("click", () => save(false));
  $("copy").addEventListener("click", copy);
  $("next").addEventListener("click", next);
  $("again").addEventListener("click", () => {
    if (!dirty || confirm("Clear everything on this page that is not saved?")) fresh([]);
  });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  const back = bring();
  if (surveyed && !back) $("piece").value = code();
  actNow();
  count();
})();
