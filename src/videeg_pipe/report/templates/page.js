"use strict";
/* The window explorer. Labels are inserted as text, never as markup. */
{
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const KINDS = ["real", "generated"];
const LINES = 10;  /* traces shown */
const TOP_HZ = Math.max(...Object.values(data.bands).flat());
const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
const BLUE_RED = [[5, 48, 97], [67, 147, 195], [209, 229, 240], [247, 247, 247], [253, 219, 199],
  [214, 96, 77], [103, 0, 31]];

const unpack = (text) =>
  new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const inside = unpack(data.map.inside), weights = unpack(data.map.weights);
const nC = data.channels.length;

/* EEG of a window, uV: C electrodes in sequence, T samples each. */
const decoded = new Map();
function windowOf(row) {
  if (!decoded.has(row)) {
    const one = data.windows[row], made = {};
    for (const kind of KINDS) {
      const eeg = Float64Array.from(unpack(one[kind]), (v) => v * one.step);
      made[kind] = { eeg, ...spectrum(eeg) };
    }
    decoded.set(row, made);
  }
  return decoded.get(row);
}

/* Hann-windowed power spectral density of each electrode, uV^2/Hz, up to the highest band. */
function spectrum(eeg) {
  const T = eeg.length / nC, n = Math.min(Math.floor(TOP_HZ * T / data.sfreq), T >> 1);
  const cos = [], sin = [], hann = [];
  let norm = 0;
  for (let t = 0; t < T; t++) {
    cos.push(Math.cos(2 * Math.PI * t / T));
    sin.push(Math.sin(2 * Math.PI * t / T));
    hann.push(0.5 - 0.5 * cos[t]);
    norm += hann[t] ** 2;
  }
  const psd = new Float64Array(nC * n);
  for (let c = 0; c < nC; c++) {
    const x = eeg.subarray(c * T, (c + 1) * T), mean = x.reduce((a, b) => a + b) / T;
    const y = x.map((v, t) => (v - mean) * hann[t]);
    for (let k = 1; k <= n; k++) {
      let re = 0, im = 0;
      for (let t = 0, at = 0; t < T; t++, at = (at + k) % T) {
        re += y[t] * cos[at];
        im += y[t] * sin[at];
      }
      psd[c * n + k - 1] = 2 * (re * re + im * im) / (norm * data.sfreq);
    }
  }
  return { psd, hz: Array.from({ length: n }, (_, k) => (k + 1) * data.sfreq / T) };
}

const short = (v) => Number(v.toPrecision(3)).toLocaleString("en").replace("-", "\u2212");

function options(select, labels) {
  const before = select.value;
  select.replaceChildren(...labels.map(([value, label]) => {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = label;
    return option;
  }));
  if (labels.some(([value]) => String(value) === before)) select.value = before;
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

/* SVG */
function add(svg, name, attributes, text) {
  const node = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  svg.append(node);
}
const path = (xs, ys) => "M" + xs.map((x, i) => `${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("L");

/* Electrodes of the traces, from front to back, the chosen one among them. */
function traced(chosen) {
  const order = [...data.channels.keys()].sort((a, b) => data.places[b][1] - data.places[a][1]);
  const n = Math.min(LINES, nC), rows = [];
  for (let i = 0; i < n; i++) rows.push(order[Math.round(i * (nC - 1) / Math.max(n - 1, 1))]);
  if (!rows.includes(chosen)) {
    const at = order.indexOf(chosen);
    const near = rows.map((row) => Math.abs(order.indexOf(row) - at));
    rows[near.indexOf(Math.min(...near))] = chosen;
  }
  return rows;
}

/* Distance of two traces, uV: at least `step`, and enough for both kinds to stay in their panel. */
function spacing(made, rows, step) {
  for (const kind of KINDS) {
    const { eeg } = made[kind], T = eeg.length / nC;
    rows.forEach((row, i) => {
      for (const v of eeg.subarray(row * T, (row + 1) * T)) {
        step = Math.max(step, v > 0 ? v / (i + 0.5) : -v / (rows.length - i - 0.5));
      }
    });
  }
  return step;
}

function drawTraces(kind, made, chosen, moment, rows, step) {
  const svg = find(`${kind}-trace`), eeg = made[kind].eeg, T = eeg.length / nC, n = rows.length;
  svg.replaceChildren();
  const left = 42, right = 354, top = 6, bottom = 270, gap = (bottom - top) / n;
  const x = (t) => left + (right - left) * t / (T - 1);
  add(svg, "line", { class: "cursor", x1: x(moment), x2: x(moment), y1: top, y2: bottom });
  rows.forEach((row, i) => {
    const middle = top + gap * (i + 0.5), values = Array.from(eeg.subarray(row * T, (row + 1) * T));
    const bold = row === chosen ? " chosen" : "";
    add(svg, "text", { class: "name" + bold, x: left - 6, y: middle + 3.5 }, data.channels[row]);
    add(svg, "path", { class: "line" + bold, d: path(values.map((_, t) => x(t)),
      values.map((v) => middle - v / step * gap)) });
  });
  axis(svg, [0, 0.25, 0.5, 0.75, 1].map((f) => [x(f * (T - 1)), short(f * T / data.sfreq)]), bottom, "time (s)");
  svg.setAttribute("aria-label", `${kind} EEG of ${n} electrodes from front to back; ${data.channels[chosen]} is bold.`);
}

function axis(svg, ticks, y, label) {
  add(svg, "line", { class: "axis", x1: ticks[0][0], x2: ticks[ticks.length - 1][0], y1: y, y2: y });
  for (const [x, text] of ticks) add(svg, "text", { class: "tick", x, y: y + 13 }, text);
  add(svg, "text", { class: "tick", x: (ticks[0][0] + ticks[ticks.length - 1][0]) / 2, y: y + 27 }, label);
}

function drawSpectrum(made, chosen) {
  const svg = find("spectrum"), n = made.real.hz.length;
  const of = Object.fromEntries(KINDS.map((kind) =>
    [kind, Array.from(made[kind].psd.subarray(chosen * n, (chosen + 1) * n), (v) => Math.log10(v + 1e-12))]));
  const all = KINDS.flatMap((kind) => of[kind]);
  const high = Math.ceil(Math.max(...all)), low = Math.max(Math.floor(Math.min(...all)), high - 5);
  const left = 46, right = 350, top = 10, bottom = 196;
  const x = (hz) => left + (right - left) * hz / TOP_HZ;
  const y = (v) => bottom - (bottom - top) * (Math.max(v, low) - low) / (high - low);
  svg.replaceChildren();
  for (let v = low; v <= high; v++) {
    add(svg, "line", { class: "rule", x1: left, x2: right, y1: y(v), y2: y(v) });
    add(svg, "text", { class: "name", x: left - 6, y: y(v) + 3.5 }, String(Number((10 ** v).toPrecision(1))));
  }
  for (const kind of KINDS) add(svg, "path", { class: `line ${kind}`, d: path(made.real.hz.map(x), of[kind].map(y)) });
  axis(svg, [0, 10, 20, 30, 40].filter((hz) => hz <= TOP_HZ).map((hz) => [x(hz), String(hz)]), bottom, "frequency (Hz)");
  add(svg, "text", { class: "unit", x: left + 4, y: top + 8 }, "\u00b5V\u00b2/Hz");
  svg.setAttribute("aria-label", `Spectra of the real and the generated window at ${data.channels[chosen]}.`);
}

/* Maps */
function colour(stops, f) {
  const at = Math.min(Math.max(f, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(at), stops.length - 2);
  return stops[i].map((v, k) => v + (at - i) * (stops[i + 1][k] - v));
}

function onScalp(made, shown, moment) {
  const { eeg, psd, hz } = made, T = eeg.length / nC, n = hz.length;
  return Array.from({ length: nC }, (_, c) => {
    if (!(shown in data.bands)) return eeg[c * T + moment];
    const [from, to] = data.bands[shown];
    return hz.reduce((sum, f, k) => sum + (f >= from && f < to ? psd[c * n + k] : 0), 0) * hz[0];
  });
}

function drawMap(kind, values, chosen, stops, low, high) {
  const canvas = find(`${kind}-map`), context = canvas.getContext("2d");
  const { size, edge, step } = data.map, side = canvas.width, image = new ImageData(size, size);
  inside.forEach((point, i) => {
    let value = 0;
    for (let c = 0; c < nC; c++) value += weights[i * nC + c] * values[c];
    image.data.set([...colour(stops, (value * step - low) / (high - low)), 255], 4 * point);
  });
  const small = document.createElement("canvas");
  small.width = small.height = size;
  small.getContext("2d").putImageData(image, 0, 0);
  const middle = side / 2, head = 0.86 * middle, reach = head * edge * size / (size - 1);
  context.clearRect(0, 0, side, side);
  context.save();
  context.beginPath();
  context.arc(middle, middle, Math.min(head * edge, middle - 2), 0, 2 * Math.PI);
  context.clip();
  context.drawImage(small, middle - reach, middle - reach, 2 * reach, 2 * reach);
  context.restore();
  context.lineWidth = 2;
  context.strokeStyle = "#888888";
  context.beginPath();
  context.arc(middle, middle, head, 0, 2 * Math.PI);
  context.moveTo(middle - 10, middle - head + 1);
  context.lineTo(middle, middle - head - 11);
  context.lineTo(middle + 10, middle - head + 1);
  context.stroke();
  const [x, y] = data.places[chosen];
  context.beginPath();
  context.arc(middle + x * head, middle - y * head, 5, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  context.strokeStyle = "#000000";
  context.stroke();
  const largest = values.indexOf(Math.max(...values));
  canvas.setAttribute("aria-label", `Scalp map, ${kind}: largest at ${data.channels[largest]}, ${short(values[largest])}.`);
}

function correlation(a, b) {
  const mean = (x) => x.reduce((s, v) => s + v, 0) / x.length, [ma, mb] = [mean(a), mean(b)];
  let ab = 0, aa = 0, bb = 0;
  a.forEach((v, i) => { ab += (v - ma) * (b[i] - mb); aa += (v - ma) ** 2; bb += (b[i] - mb) ** 2; });
  return ab / Math.sqrt(aa * bb || 1);
}

function draw() {
  const row = Number(find("sample").value), one = data.windows[row], made = windowOf(row);
  const chosen = Number(find("electrode").value), shown = find("shown").value;
  const T = made.real.eeg.length / nC;
  find("moment").max = T - 1;
  const moment = Number(find("moment").value), band = shown in data.bands;
  find("moment").disabled = band;
  find("time").textContent = `${Math.round(1000 * moment / data.sfreq)} ms`;
  const r = () => correlation(made.real.eeg, made.generated.eeg).toFixed(2).replace("-", "\u2212");
  find("about").textContent = `Window ${one.id}: ${one.subject}, ${one.concept}.` +
    (data.correlate ? ` Correlation of the two: r = ${r()}.` : "");
  find("screen").hidden = !one.frame;
  if (one.frame) find("frame").src = one.frame;
  find("frame").alt = one.frame ? `Frame of the video: ${one.concept}` : "";
  const squares = made.real.eeg.reduce((sum, v) => sum + v * v, 0) / made.real.eeg.length;
  const rows = traced(chosen), step = spacing(made, rows, 4 * Math.sqrt(squares) || 1);
  for (const kind of KINDS) drawTraces(kind, made, chosen, moment, rows, step);
  drawSpectrum(made, chosen);
  const values = KINDS.map((kind) => onScalp(made[kind], shown, moment)), all = values.flat();
  const most = Math.max(...all.map(Math.abs)) || 1;
  const [low, high, stops] = band ? [Math.min(...all), most, VIRIDIS] : [-most, most, BLUE_RED];
  KINDS.forEach((kind, i) => drawMap(kind, values[i], chosen, stops, low, high));
  const bar = find("colours"), context = bar.getContext("2d");
  for (let x = 0; x < bar.width; x++) {
    context.fillStyle = `rgb(${colour(stops, x / (bar.width - 1)).map(Math.round).join(" ")})`;
    context.fillRect(x, 0, 1, bar.height);
  }
  find("map-low").textContent = short(low);
  find("map-high").textContent = `${short(high)} ${band ? "\u00b5V\u00b2" : "\u00b5V"}`;
}

if (data.windows.length) {
  const middle = data.places.map(([x, y]) => Math.hypot(x, y + 0.75));  /* over the visual cortex */
  options(find("electrode"), data.channels.map((name, row) => [row, name]));
  find("electrode").value = middle.indexOf(Math.min(...middle));
  options(find("shown"), [...Object.entries(data.bands).map(([name, [low, high]]) =>
    [name, `${name}, ${low} to ${high} Hz`]), ["potential", "potential"]]);
  find("shown").value = "alpha" in data.bands ? "alpha" : "potential";
  choose();
  for (const id of ["subject", "concept"]) find(id).addEventListener("change", () => { choose(); draw(); });
  for (const id of ["sample", "electrode", "shown"]) find(id).addEventListener("change", draw);
  find("moment").addEventListener("input", draw);
  find("explorer").hidden = false;
  draw();
}
}
