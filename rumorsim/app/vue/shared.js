// What several parts use: numbers out of base64, words for numbers, colors.
const SHADES = ['#ffffd9', '#edf8b1', '#c7e9b4', '#7fcdbb', '#41b6c4', '#1d91c0', '#225ea8', '#253494', '#081d58'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December'];
const WORLD = { a: '#0072B2', b: '#882255' };
const CARRY = '#B34A00';

function numbers(text, Kind) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

// A world as it is drawn: frozen, so that Vue does not watch a million numbers.
function decode(given) {
  if (!given || !given.run) return null;
  const places = given.groups.length, ticks = given.minutes.length;
  const total = given.people.reduce((a, b) => a + b, 0);
  const rumors = {};
  for (const key in given.rumors) {
    const one = given.rumors[key];
    const aware = numbers(one.aware, Uint16Array), telling = numbers(one.telling, Uint16Array);
    const knows = new Float64Array(ticks), tells = new Float64Array(ticks);
    for (let t = 0; t < ticks; t++) {
      for (let g = 0; g < places; g++) { knows[t] += aware[t * places + g]; tells[t] += telling[t * places + g]; }
      knows[t] /= total; tells[t] /= total;
    }
    rumors[key] = { name: one.name, aware, knows, tells, documents: one.documents,
      heard: numbers(one.heard, Int16Array), carriers: numbers(one.carriers, Int16Array) };
  }
  const t = given.trips;
  const trips = { leave: numbers(t.leave, Int16Array), back: numbers(t.back, Int16Array),
    from: numbers(t.from, Int16Array), to: numbers(t.to, Int16Array) };
  return Object.freeze({ run: given.run, scenario: given.scenario, first: given.first, minutes: given.minutes, groups: given.groups, people: given.people, total,
    rumors, trips, events: given.events, wish: given.wish, changes: given.changes || [], other_people: given.other_people, cells: given.cells, spoke: numbers(given.spoke, Uint16Array), last: ticks - 1 });
}

function shareOf(world, rumor, at, group) {
  const people = world.people[group];
  return people ? world.rumors[rumor].aware[at * world.groups.length + group] / people : 0;
}

function percent(v) {
  if (v > 0 && v < .005) return 'below 1%';
  if (v < 1 && v > .995) return 'above 99%';
  return Math.round(100 * v) + '%';
}

// A difference in percentage points; what rounds to nothing has no sign.
function signed(points) { const t = Math.abs(points).toFixed(1); return (t === '0.0' ? '±' : points > 0 ? '+' : '−') + t; }

const PEN = document.createElement('canvas').getContext('2d');
// How wide a text is in pixels, so that a label is moved no further than it must be.
function textWidth(text, size) { PEN.font = size + 'px "DejaVu Sans", Roboto, sans-serif'; return PEN.measureText(text).width; }

function shade(v) {
  const x = Math.sqrt(v) * 8, i = Math.min(7, Math.floor(x)), f = x - i;
  const parts = h => [1, 3, 5].map(k => parseInt(h.substr(k, 2), 16));
  const a = parts(SHADES[i]), b = parts(SHADES[i + 1]);
  return 'rgb(' + a.map((q, k) => Math.round(q + (b[k] - q) * f)).join(',') + ')';
}

// A place as an address has it, as `fold` of the server writes it.
function plainPlace(name) { return name.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/ /g, '-'); }

function dayText(m) { const d = new Date(m * 60000); return d.getUTCDate() + ' ' + MONTHS[d.getUTCMonth()]; }
function dateText(m) {
  const d = new Date(m * 60000);
  return dayText(m) + ' ' + d.getUTCFullYear() + ', ' + String(d.getUTCHours()).padStart(2, '0') + ':00';
}

// Gives a part the size of its own box, so that text in a drawing keeps its size in pixels.
const SIZED = {
  data() { return { wide: 300, high: 300, fs: 18 }; },
  mounted() {
    this.watcher = new ResizeObserver(found => {
      const box = found[0].contentRect;
      if (box.width > 1 && box.height > 1) { this.wide = box.width; this.high = box.height; this.fs = parseFloat(getComputedStyle(this.$refs.box).fontSize); }
    });
    if (this.$refs.box) this.watcher.observe(this.$refs.box);
  },
  beforeDestroy() { if (this.watcher) this.watcher.disconnect(); },
};
