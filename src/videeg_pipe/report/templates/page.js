/* The window explorer of the report. */
{
const data = JSON.parse(document.getElementById("data").textContent);
const head = readHead(data);
const find = (id) => document.getElementById(id);
const KINDS = ["real", "generated"];

/* EEG of a window, with spectra. */
const decoded = new Map();
function windowOf(row) {
  if (!decoded.has(row)) {
    const one = data.windows[row];
    decoded.set(row, Object.fromEntries(KINDS.map((kind) =>
      [kind, withSpectrum(Float64Array.from(unpack(one[kind]), (v) => v * one.step), head)])));
  }
  return decoded.get(row);
}

const unique = (values) => [...new Set(values)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const plain = (values) => values.map((value) => [value, value]);

function choose() {
  const { windows } = data;
  options(find("subject"), plain(unique(windows.map((w) => w.subject))));
  const own = windows.filter((w) => w.subject === find("subject").value);
  options(find("concept"), plain(unique(own.map((w) => w.concept))));
  const rows = [...windows.keys()].filter((row) => windows[row].subject === find("subject").value &&
    windows[row].concept === find("concept").value);
  options(find("sample"), rows.map((row, i) => [row, `${i + 1} of ${rows.length}`]));
}

function draw() {
  const row = Number(find("sample").value), one = data.windows[row], made = windowOf(row);
  const chosen = Number(find("electrode").value), shown = find("shown").value;
  const both = KINDS.map((kind) => [kind, made[kind]]), band = shown in head.bands;
  find("moment").max = made.real.eeg.length / head.nC - 1;
  const moment = Number(find("moment").value);
  find("moment").disabled = band;
  find("time").textContent = `${Math.round(1000 * moment / head.sfreq)} ms`;
  const r = () => correlation(made.real.eeg, made.generated.eeg).toFixed(2).replace("-", "\u2212");
  find("about").textContent = `Window ${one.id}: ${one.subject}, ${one.concept}.` +
    (data.correlate ? ` Correlation of the two: r = ${r()}.` : "");
  find("screen").hidden = !one.frame;
  if (one.frame) find("frame").src = one.frame;
  find("frame").alt = one.frame ? `Frame of the video: ${one.concept}` : "";
  const rows = traced(head, chosen), step = spacing(both.map(([, { eeg }]) => eeg), rows, head);
  const values = both.map(([, one]) => onScalp(one, head, shown, moment)), all = values.flat();
  const high = Math.max(...all.map(Math.abs)) || 1;
  const low = band ? Math.min(...all) : -high, stops = band ? VIRIDIS : BLUE_RED;
  both.forEach(([kind, { eeg }], i) => {
    drawTraces(find(`${kind}-trace`), eeg, head, { rows, chosen, step, moment, kind });
    drawMap(find(`${kind}-map`), values[i], head, { chosen, stops, low, high, kind });
  });
  drawSpectrum(find("spectrum"), both, chosen, head);
  drawColours(find("colours"), stops);
  find("map-low").textContent = short(low);
  find("map-high").textContent = `${short(high)} ${band ? "\u00b5V\u00b2" : "\u00b5V"}`;
}

if (data.windows.length) {
  options(find("electrode"), head.channels.map((name, row) => [row, name]));
  find("electrode").value = visual(head);
  options(find("shown"), shownOptions(head));
  find("shown").value = "alpha" in head.bands ? "alpha" : "potential";
  choose();
  for (const id of ["subject", "concept"]) find(id).addEventListener("change", () => { choose(); draw(); });
  for (const id of ["sample", "electrode", "shown"]) find(id).addEventListener("change", draw);
  find("moment").addEventListener("input", draw);
  find("explorer").hidden = false;
  draw();
}
}
