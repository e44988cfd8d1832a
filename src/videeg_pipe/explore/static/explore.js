/* The page of `videeg explore`. Drawings come from drawing.js. Labels, names of files and messages
   are inserted as text, never as markup. */
const find = (id) => document.getElementById(id);
const NAMES = { generated: "Generated", real: "Recording", truth: "True response",
  mean: "Conditional mean", near: "Nearest sample" };
const FILTERS = ["subject", "concept", "emotion", "split"];
const SLOWER = 8;  /* seconds of animation per second of EEG */

async function ask(address, options = {}) {
  const answer = await fetch(address, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error("no answer: the server has ended, or refused the upload");
  });
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({}));
  throw new Error(error || `the server answers ${answer.status}`);
}
const json = async (address, options) => (await ask(address, options)).json();

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/* What is shown: `head`, `about`, `parts` of kind and EEG, and `views`: consecutive pieces, each
   with its first sample and the address of its frames. */
let current = null;
let pieces = [];  /* of the view: kind and EEG with spectra */
let view = null;

const setup = await json("/api/setup");

/* --- view --------------------------------------------------------------------------------- */

function show(item) {
  const before = current;
  current = item;
  view = null;
  find("problem").hidden = true;
  find("shown-view").hidden = false;
  find("about").textContent = item.about;
  for (const id of ["compared", "near"]) if (find(id)) find(id).hidden = item.sample === undefined;
  if (!before || before.head !== item.head) {
    options(find("electrode"), item.head.channels.map((name, row) => [row, name]));
    find("electrode").value = visual(item.head);
  }
  const last = item.parts[0][1].length / item.head.nC - 1, moment = find("moment");
  if (Number(moment.max) !== last || !before) {
    moment.max = last;
    moment.value = item.sample === undefined ? 0 : last >> 1;
  }
  draw();
}

/* Draw the view that the moment is in. */
function draw() {
  if (!current) return;
  const { head, parts, views } = current, T = parts[0][1].length / head.nC;
  const moment = Number(find("moment").value), chosen = Number(find("electrode").value);
  view = views.findLast(({ start }) => start <= moment);
  const length = Math.min(T - view.start, view.length ?? T);
  pieces = parts.map(([kind, eeg]) => {
    const piece = new Float32Array(head.nC * length);
    for (let c = 0; c < head.nC; c++) {
      piece.set(eeg.subarray(c * T + view.start, c * T + view.start + length), c * length);
    }
    return [kind, withSpectrum(piece, head, current.sample === undefined ? head.sfreq : length)];
  });
  const rows = traced(head, chosen), fromS = view.start / head.sfreq;
  const step = spacing(pieces.map(([, { eeg }]) => eeg), rows, head);
  ["first", "second"].forEach((place, i) => {
    const there = i < pieces.length;
    find(place).hidden = !there;
    if (i) find("second-place").hidden = !there;
    if (!there) return;
    const [kind, { eeg }] = pieces[i], title = i && current.second ? current.second : NAMES[kind];
    find(place).className = kind;
    find(`${place}-title`).textContent = title;
    find(`${place}-name`).textContent = NAMES[kind];
    find(`${place}-name`).className = `name-${kind}`;
    drawTraces(find(`${place}-trace`), eeg, head, { rows, chosen, step, moment: moment - view.start, kind: NAMES[kind], fromS });
  });
  drawSpectrum(find("spectrum"), pieces, chosen, head);
  find("curves").replaceChildren(`Spectrum at ${head.channels[chosen]}: `, ...pieces.flatMap(([kind], i) =>
    [i ? ", " : "", element("span", NAMES[kind].toLowerCase(), { class: `name-${kind}` })]));
  find("strip").hidden = !view.frames;
  if (view.frames && find("frames").getAttribute("src") !== view.frames) find("frames").src = view.frames;
  find("frame-times").textContent = view.caption ?? "";
  drawMoment();
}

/* Move the cursors, and draw the maps of the moment on one scale of the whole view. */
function drawMoment() {
  const { head } = current, shown = find("shown").value, band = shown in head.bands;
  const moment = Number(find("moment").value), at = moment - view.start;
  const length = pieces[0][1].eeg.length / head.nC;
  const values = pieces.map(([, piece]) => onScalp(piece, head, shown, at)), all = values.flat();
  const largest = (eeg) => eeg.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const high = (band ? Math.max(...all) : Math.max(...pieces.map(([, { eeg }]) => largest(eeg)))) || 1;
  const low = band ? Math.min(...all) : -high, stops = band ? VIRIDIS : BLUE_RED;
  pieces.forEach(([kind], i) => {
    const place = ["first", "second"][i], cursor = find(`${place}-trace`).querySelector(".cursor");
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, traceX(at, length));
    drawMap(find(`${place}-map`), values[i], head,
      { chosen: Number(find("electrode").value), stops, low, high, kind: NAMES[kind] });
  });
  drawColours(find("colours"), stops);
  find("map-low").textContent = short(low);
  find("map-high").textContent = `${short(high)} ${band ? "\u00b5V\u00b2" : "\u00b5V"}`;
  find("time").textContent = `${(moment / head.sfreq).toFixed(3)} s`;
}

function moveTo(moment) {
  find("moment").value = moment;
  const next = current.views.findLast(({ start }) => start <= moment);
  if (next === view) drawMoment();
  else draw();
}

/* Playing advances the moment in slow motion and starts again at the end. */
let played = null;
function play(on = played === null) {
  if (!current) return;
  cancelAnimationFrame(played?.frame);
  played = null;
  find("play").textContent = on ? "Pause" : "Play";
  find("play").setAttribute("aria-pressed", on);
  if (!on) return;
  if (find("shown").value !== "potential") {
    find("shown").value = "potential";
    drawMoment();
  }
  played = { at: performance.now(), from: Number(find("moment").value), frame: 0 };
  const step = (now) => {
    if (!played) return;
    const n = Number(find("moment").max) + 1;
    const passed = (now - played.at) / 1000 / SLOWER * current.head.sfreq;
    moveTo(Math.floor(played.from + Math.max(passed, 0)) % n);
    played.frame = requestAnimationFrame(step);
  };
  played.frame = requestAnimationFrame(step);
}

function complain(error) {
  if (error.name === "AbortError") return;
  find("problem").textContent = error.message;
  find("problem").hidden = false;
}

for (const id of ["electrode", "shown"]) find(id).addEventListener("change", draw);
find("moment").addEventListener("input", () => { play(false); moveTo(Number(find("moment").value)); });
find("play").addEventListener("click", () => play());
for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());

/* --- samples ------------------------------------------------------------------------------ */

const list = { samples: [], total: 0, offset: 0, at: -1 };
let near = [];  /* nearest samples of the current one */
let nearest = 0;  /* the one to compare with */
let asking = null, listing = null;  /* answers to earlier questions are dropped */

const filters = () => {
  const chosen = FILTERS.filter((name) => find(name)?.value).map((name) => [name, find(name).value]);
  return new URLSearchParams([...chosen, ["text", find("text").value.trim()]]);
};
const described = (s) => [s.subject, s.concept, s.emotion, s.split].filter(Boolean).join(" \u00b7 ");

async function load(offset, at = 0) {
  listing?.abort();
  listing = new AbortController();
  try {
    const query = filters();
    query.set("offset", offset);
    const { samples, total } = await json(`/api/samples?${query}`, { signal: listing.signal });
    Object.assign(list, { samples, total, offset });
    const last = offset + samples.length;
    find("count").textContent = total ? `${offset + 1} to ${last} of ${total.toLocaleString("en")}` : "no sample";
    find("list").replaceChildren(...samples.map((sample, i) => {
      const item = element("li", sample.sample_id, { role: "option", id: `sample-${i}` });
      item.append(element("small", described(sample)));
      item.addEventListener("click", () => { select(i); find("list").focus(); });
      return item;
    }));
    find("earlier").disabled = offset === 0;
    find("later").disabled = last >= total;
    if (samples.length) await select(at < 0 ? samples.length - 1 : at);
  } catch (error) {
    complain(error);
  }
}

function mark(at) {
  if (!setup.samples) return;
  list.at = at;
  [...find("list").children].forEach((item, i) => item.setAttribute("aria-selected", i === at));
  find("list").setAttribute("aria-activedescendant", at < 0 ? "" : `sample-${at}`);
}

async function select(at) {
  mark(at);
  find("list").children[at].scrollIntoView({ block: "nearest" });
  near = [];
  nearest = 0;
  await showSample();
}

/* Scroll to the sample before or after, on the page before or after if need be. */
function step(by) {
  const at = Math.max(list.at, by > 0 ? -1 : 0) + by, { offset, samples, total } = list;
  if (at >= 0 && at < samples.length) select(at);
  else if (at < 0 && offset > 0) load(Math.max(0, offset - setup.samples.page), -1);
  else if (at > 0 && offset + samples.length < total) load(offset + samples.length);
}

const eegOf = async (row, kind, signal) =>
  new Float32Array(await (await ask(`/api/samples/${row}/eeg/${kind}`, { signal })).arrayBuffer());

async function showSample() {
  const sample = list.samples[list.at];
  if (!sample) return;
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const { row } = sample, late = setTimeout(() => { find("waiting").hidden = false; }, 300);
  try {
    const parts = [["generated", await eegOf(row, "generated", signal)]];
    const place = sample.video_time_s === null ? "" : ` from ${short(sample.video_time_s)} s`;
    const item = {
      head, sample: row, parts,
      about: `${sample.sample_id}: ${described(sample)}. Video ${sample.video_id}${place}.`,
      views: [{ start: 0, frames: setup.samples.frames ? `/api/samples/${row}/frames` : null,
        caption: "Frames that the sample was generated from, oldest first." }],
    };
    show(item);
    const kind = find("compare").value;
    if (kind === "near" || find("near").open) await findNear(row, signal);
    if (kind === "near" && near.length) {
      const other = near[nearest];
      item.second = `Nearest sample: ${other.sample_id}`;
      parts.push([kind, await eegOf(other.row, "generated", signal)]);
    } else if (kind && kind !== "near") {
      parts.push([kind, await eegOf(row, kind, signal)]);
    }
    if (parts.length > 1) show(item);
  } catch (error) {
    complain(error);
  } finally {
    clearTimeout(late);
    if (asking.signal === signal) find("waiting").hidden = true;
  }
}

async function findNear(row, signal) {
  if (!near.length) {
    const { samples, searched, total } = await json(`/api/samples/${row}/neighbours?${filters()}`, { signal });
    near = samples;
    find("near-about").textContent = "By power in five bands at all electrodes; distances in dB. " +
      (searched < total ? `${searched} of ${total.toLocaleString("en")} samples searched: filter to search fewer.`
        : `All ${total.toLocaleString("en")} listed samples searched.`);
  }
  find("near-list").replaceChildren(...near.map((sample, i) => {
    const item = element("li", ""), chosen = find("compare").value === "near" && i === nearest;
    const button = element("button", sample.sample_id, { type: "button", "aria-pressed": chosen });
    button.append(element("small", `${sample.distance_db.toFixed(2)} dB \u00b7 ${described(sample)}`));
    button.addEventListener("click", () => { find("compare").value = "near"; nearest = i; showSample(); });
    item.append(button);
    return item;
  }));
}

const head = setup.samples && readHead(setup.samples.head);
options(find("shown"), shownOptions(setup));
find("shown").value = "potential";

if (setup.samples) {
  for (const name of FILTERS.filter((name) => setup.samples.choices[name])) {
    const label = element("label", `${name[0].toUpperCase()}${name.slice(1)} `, { for: name });
    const menu = element("select", "", { id: name });
    options(menu, [["", "all"], ...setup.samples.choices[name].map((value) => [value, value])]);
    menu.addEventListener("change", () => load(0));
    label.append(menu);
    find("filters").append(label);
  }
  const others = setup.samples.kinds.filter((kind) => kind !== "generated");
  options(find("compare"), [["", "nothing"], ...[...others, "near"].map((kind) => [kind, NAMES[kind].toLowerCase()])]);
  find("compare").addEventListener("change", showSample);
  find("frames").addEventListener("error", () => { find("strip").hidden = true; });
  find("near").addEventListener("toggle", () => { if (find("near").open) showSample(); });
  find("before").addEventListener("click", () => step(-1));
  find("after").addEventListener("click", () => step(1));
  find("earlier").addEventListener("click", () => load(Math.max(0, list.offset - setup.samples.page)));
  find("later").addEventListener("click", () => load(list.offset + list.samples.length));
  let typed = 0;
  find("text").addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => load(0), 150);
  });
  await load(0);
}

/* --- own video ---------------------------------------------------------------------------- */

async function upload(file) {
  const { most_bytes: most } = setup.own, state = find("own-status");
  const say = (text, bad = false) => { state.textContent = text; state.classList.toggle("bad", bad); };
  if (file.size > most) {
    say(`${file.name}: larger than ${most >> 20} MiB; cut or convert it`, true);
    return;
  }
  const query = new URLSearchParams({ name: file.name, subject: find("person").value });
  if (find("mean").checked) query.set("mean", "");
  say(`Watching ${file.name} and generating. The model is loaded at its first use.`);
  find("own-progress").hidden = false;
  find("file").disabled = true;
  try {
    const made = await json(`/api/own?${query}`, { method: "POST", body: file });
    const eeg = Float32Array.from(unpack(made.eeg), (v) => v * made.step);
    const kind = made.mean ? "mean" : "generated", who = made.subject || "a new person";
    asking?.abort();
    mark(-1);
    show({
      head: readHead(made.head), parts: [[kind, eeg]], views: made.views,
      about: `${made.name}: ${short(made.seconds)} s of EEG of ${who}. To a file: videeg generate.`,
    });
    say(`${made.name} is shown.`);
    find("view").scrollIntoView();
    find("view").focus({ preventScroll: true });
  } catch (error) {
    say(error.message, true);
  } finally {
    find("own-progress").hidden = true;
    find("file").disabled = false;
    find("file").value = "";
  }
}

if (setup.own) {
  options(find("person"), [["", "a new person"], ...setup.own.people.map((name) => [name, name])]);
  find("limits").textContent = `Up to ${setup.own.most_s} s and ${setup.own.most_bytes >> 20} MiB. ` +
    "The file stays on this computer and is deleted after use.";
  const drop = document.querySelector(".drop");
  find("file").addEventListener("change", () => { if (find("file").files.length) upload(find("file").files[0]); });
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) upload(event.dataTransfer.files[0]);
    });
  }
}

/* --- keys --------------------------------------------------------------------------------- */

document.addEventListener("keydown", (event) => {
  const { key, target } = event, typing = target.matches("input:not([type=range]), select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  const inList = target.id === "list", by = { ArrowRight: 1, ArrowLeft: -1 }[key] ??
    (inList ? { ArrowDown: 1, ArrowUp: -1 }[key] : undefined);
  if (key === " " && !target.matches("button, summary, a")) play();
  else if (key === "/" && setup.samples) find("text").focus();
  else if (by && setup.samples && target.type !== "range") step(by);
  else return;
  event.preventDefault();
});

document.body.dataset.ready = "";
