"use strict";
/* Drawings of EEG, shared by the report and `videeg explore`: traces, spectra and scalp maps.
   A head is what report/head.py packs. EEG is an array in uV: C electrodes in sequence, T samples
   each. Labels are inserted as text, never as markup. */
const LINES = 10;  /* traces shown */
const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
const BLUE_RED = [[5, 48, 97], [67, 147, 195], [209, 229, 240], [247, 247, 247], [253, 219, 199],
  [214, 96, 77], [103, 0, 31]];

const unpack = (text) =>
  new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const readHead = (data) => ({ ...data, nC: data.channels.length,
  topHz: Math.max(...Object.values(data.bands).flat()),
  inside: unpack(data.map.inside), weights: unpack(data.map.weights) });

const short = (v) => Number(v.toPrecision(3)).toLocaleString("en").replace("-", "\u2212");

/* The electrode over the visual cortex. */
function visual(head) {
  const middle = head.places.map(([x, y]) => Math.hypot(x, y + 0.75));
  return middle.indexOf(Math.min(...middle));
}

/* Fill a menu with pairs of value and label; the choice stays if it still exists. */
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

const shownOptions = (head) => [...Object.entries(head.bands).map(([name, [low, high]]) =>
  [name, `${name}, ${low} to ${high} Hz`]), ["potential", "potential"]];

/* EEG with the power spectral density of each electrode, uV^2/Hz, up to the highest band: Welch's
   mean over segments of so many samples, with Hann windows that overlap by half. */
function withSpectrum(eeg, head, segment) {
  const { nC, sfreq } = head, T = eeg.length / nC, S = Math.min(segment ?? T, T);
  const n = Math.min(Math.floor(head.topHz * S / sfreq), S >> 1);
  const cos = [], sin = [], hann = [], starts = [];
  for (let start = 0; start + S <= T; start += Math.max(S >> 1, 1)) starts.push(start);
  let norm = 0;
  for (let t = 0; t < S; t++) {
    cos.push(Math.cos(2 * Math.PI * t / S));
    sin.push(Math.sin(2 * Math.PI * t / S));
    hann.push(0.5 - 0.5 * cos[t]);
    norm += hann[t] ** 2;
  }
  const psd = new Float64Array(nC * n);
  for (let c = 0; c < nC; c++) {
    for (const start of starts) {
      const x = eeg.subarray(c * T + start, c * T + start + S), mean = x.reduce((a, b) => a + b, 0) / S;
      const y = x.map((v, t) => (v - mean) * hann[t]);
      for (let k = 1; k <= n; k++) {
        let re = 0, im = 0;
        for (let t = 0, at = 0; t < S; t++, at = (at + k) % S) {
          re += y[t] * cos[at];
          im += y[t] * sin[at];
        }
        psd[c * n + k - 1] += 2 * (re * re + im * im) / (norm * sfreq * starts.length);
      }
    }
  }
  return { eeg, psd, hz: Array.from({ length: n }, (_, k) => (k + 1) * sfreq / S) };
}

function correlation(a, b) {
  const mean = (x) => x.reduce((s, v) => s + v, 0) / x.length, [ma, mb] = [mean(a), mean(b)];
  let ab = 0, aa = 0, bb = 0;
  a.forEach((v, i) => { ab += (v - ma) * (b[i] - mb); aa += (v - ma) ** 2; bb += (b[i] - mb) ** 2; });
  return ab / Math.sqrt(aa * bb || 1);
}

/* SVG */
function add(svg, name, attributes, text) {
  const node = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  svg.append(node);
}
const path = (xs, ys) => "M" + xs.map((x, i) => `${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("L");

function axis(svg, ticks, y, label) {
  add(svg, "line", { class: "axis", x1: ticks[0][0], x2: ticks[ticks.length - 1][0], y1: y, y2: y });
  for (const [x, text] of ticks) add(svg, "text", { class: "tick", x, y: y + 13 }, text);
  add(svg, "text", { class: "tick", x: (ticks[0][0] + ticks[ticks.length - 1][0]) / 2, y: y + 27 }, label);
}

/* Electrodes of the traces, from front to back, the chosen one among them. */
function traced(head, chosen) {
  const { nC, places } = head;
  const order = [...places.keys()].sort((a, b) => places[b][1] - places[a][1]);
  const n = Math.min(LINES, nC), rows = [];
  for (let i = 0; i < n; i++) rows.push(order[Math.round(i * (nC - 1) / Math.max(n - 1, 1))]);
  if (!rows.includes(chosen)) {
    const at = order.indexOf(chosen);
    const near = rows.map((row) => Math.abs(order.indexOf(row) - at));
    rows[near.indexOf(Math.min(...near))] = chosen;
  }
  return rows;
}

/* Distance of two traces, uV: four standard deviations of the first EEG, or as much as all EEG
   needs to stay in its panel. */
function spacing(all, rows, head) {
  let step = 4 * Math.sqrt(all[0].reduce((sum, v) => sum + v * v, 0) / all[0].length) || 1;
  for (const eeg of all) {
    const T = eeg.length / head.nC;
    rows.forEach((row, i) => {
      for (const v of eeg.subarray(row * T, (row + 1) * T)) {
        step = Math.max(step, v > 0 ? v / (i + 0.5) : -v / (rows.length - i - 0.5));
      }
    });
  }
  return step;
}

const LEFT = 42, RIGHT = 354;  /* of the traces' panel */
const traceX = (t, T) => LEFT + (RIGHT - LEFT) * t / (T - 1);

/* Draw some electrodes; `look` has their rows, the chosen one, the traces' distance, the moment,
   the kind of EEG and the time of the first sample. */
function drawTraces(svg, eeg, head, look) {
  const T = eeg.length / head.nC, { rows, step, fromS = 0 } = look;
  svg.replaceChildren();
  const top = 6, bottom = 270, gap = (bottom - top) / rows.length, x = (t) => traceX(t, T);
  add(svg, "line", { class: "cursor", x1: x(look.moment), x2: x(look.moment), y1: top, y2: bottom });
  rows.forEach((row, i) => {
    const middle = top + gap * (i + 0.5), values = Array.from(eeg.subarray(row * T, (row + 1) * T));
    const bold = row === look.chosen ? " chosen" : "";
    add(svg, "text", { class: "name" + bold, x: LEFT - 6, y: middle + 3.5 }, head.channels[row]);
    add(svg, "path", { class: "line" + bold, d: path(values.map((_, t) => x(t)),
      values.map((v) => middle - v / step * gap)) });
  });
  axis(svg, [0, 0.25, 0.5, 0.75, 1].map((f) =>
    [x(f * (T - 1)), short(fromS + f * T / head.sfreq)]), bottom, "time (s)");
  const power = 10 ** Math.floor(Math.log10(step));
  const bar = power * [5, 2, 1].find((digit) => digit * power <= step);
  add(svg, "line", { class: "axis", x1: 16, x2: 16, y1: 298 - bar / step * gap, y2: 298 });
  add(svg, "text", { class: "tick", x: 38, y: 297 }, `${short(bar)} µV`);
  svg.setAttribute("aria-label", `${look.kind} EEG of ${rows.length} electrodes from front to ` +
    `back; ${head.channels[look.chosen]} is bold.`);
}

/* Draw the spectrum of one electrode for each kind of EEG, [kind, EEG with spectrum]. */
function drawSpectrum(svg, pairs, chosen, head) {
  const { hz } = pairs[0][1], n = hz.length;
  const curves = pairs.map(([kind, { psd }]) => [kind,
    Array.from(psd.subarray(chosen * n, (chosen + 1) * n), (v) => Math.log10(v + 1e-12))]);
  const all = curves.flatMap(([, curve]) => curve);
  const high = Math.ceil(Math.max(...all)), low = Math.max(Math.floor(Math.min(...all)), high - 5);
  const left = 46, right = 350, top = 10, bottom = 196;
  const x = (f) => left + (right - left) * f / head.topHz;
  const y = (v) => bottom - (bottom - top) * (Math.max(v, low) - low) / (high - low || 1);
  svg.replaceChildren();
  for (let v = low; v <= high; v++) {
    add(svg, "line", { class: "rule", x1: left, x2: right, y1: y(v), y2: y(v) });
    add(svg, "text", { class: "name", x: left - 6, y: y(v) + 3.5 }, String(Number((10 ** v).toPrecision(1))));
  }
  for (const [kind, curve] of curves) add(svg, "path", { class: `line ${kind}`, d: path(hz.map(x), curve.map(y)) });
  axis(svg, [0, 10, 20, 30, 40].filter((f) => f <= head.topHz).map((f) => [x(f), String(f)]), bottom, "frequency (Hz)");
  add(svg, "text", { class: "unit", x: left + 4, y: top + 13 }, "\u00b5V\u00b2/Hz");
  svg.setAttribute("aria-label", `Spectrum at ${head.channels[chosen]}: ` +
    `${pairs.map(([kind]) => kind).join(" and ")} EEG.`);
}

/* Maps */
function colour(stops, f) {
  const at = Math.min(Math.max(f, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(at), stops.length - 2);
  return stops[i].map((v, k) => v + (at - i) * (stops[i + 1][k] - v));
}

/* Power in a band, or the potential at a moment, of each electrode. */
function onScalp({ eeg, psd, hz }, head, shown, moment) {
  const T = eeg.length / head.nC, n = hz.length;
  return Array.from({ length: head.nC }, (_, c) => {
    if (!(shown in head.bands)) return eeg[c * T + moment];
    const [from, to] = head.bands[shown];
    return hz.reduce((sum, f, k) => sum + (f >= from && f < to ? psd[c * n + k] : 0), 0) * hz[0];
  });
}

/* Draw electrode values; `look` has the colours of `low` to `high`, the chosen electrode, the kind. */
function drawMap(canvas, values, head, look) {
  const context = canvas.getContext("2d"), { nC, inside, weights } = head;
  const { size, edge, step } = head.map, side = canvas.width, image = new ImageData(size, size);
  inside.forEach((point, i) => {
    let value = 0;
    for (let c = 0; c < nC; c++) value += weights[i * nC + c] * values[c];
    const share = (value * step - look.low) / (look.high - look.low || 1);
    image.data.set([...colour(look.stops, share), 255], 4 * point);
  });
  const small = document.createElement("canvas");
  small.width = small.height = size;
  small.getContext("2d").putImageData(image, 0, 0);
  const middle = side / 2, radius = 0.86 * middle, reach = radius * edge * size / (size - 1);
  context.clearRect(0, 0, side, side);
  context.save();
  context.beginPath();
  context.arc(middle, middle, Math.min(radius * edge, middle - 2), 0, 2 * Math.PI);
  context.clip();
  context.drawImage(small, middle - reach, middle - reach, 2 * reach, 2 * reach);
  context.restore();
  context.lineWidth = 2;
  context.strokeStyle = "#888888";
  context.beginPath();
  context.arc(middle, middle, radius, 0, 2 * Math.PI);
  context.moveTo(middle - 10, middle - radius + 1);
  context.lineTo(middle, middle - radius - 11);
  context.lineTo(middle + 10, middle - radius + 1);
  context.stroke();
  const [x, y] = head.places[look.chosen];
  context.beginPath();
  context.arc(middle + x * radius, middle - y * radius, 5, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  context.strokeStyle = "#000000";
  context.stroke();
  const largest = values.indexOf(Math.max(...values));
  canvas.setAttribute("aria-label",
    `Scalp map, ${look.kind}: largest at ${head.channels[largest]}, ${short(values[largest])}.`);
}

function drawColours(bar, stops) {
  const context = bar.getContext("2d");
  for (let x = 0; x < bar.width; x++) {
    context.fillStyle = `rgb(${colour(stops, x / (bar.width - 1)).map(Math.round).join(" ")})`;
    context.fillRect(x, 0, 1, bar.height);
  }
}
