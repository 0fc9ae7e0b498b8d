'use strict';
// The lesson: every number comes out of the file, and nothing is asked of anybody. `shared.js` of the page stands before
// this script: its colors and the width of a text.
const DATA = JSON.parse(document.getElementById('data').textContent), TEXTS = JSON.parse(document.getElementById('texts').textContent);
const DAYS = DATA.days, PLACES = DATA.places.length, DISTRICTS = PLACES - 1, ALL = PLACES - 1, RUNS = DATA.runs;

// The arrays of `rumorsim.app.lesson.layout`, which says what they hold: folded differences along the days, seven bits a
// byte. `days` is the length of the last axis.
function unpacked(text, days) {
  const raw = atob(text), found = [];
  let folded = 0, place = 1, last = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw.charCodeAt(i);
    folded += (byte & 127) * place; place *= 128;
    if (byte & 128) continue;
    last = (found.length % days ? last : 0) + (folded % 2 ? -(folded + 1) / 2 : folded / 2);
    found.push(last); folded = 0; place = 1;
  }
  return Int32Array.from(found);
}
const ARRAYS = {};
for (const name in DATA.arrays) ARRAYS[name] = unpacked(DATA.arrays[name], DAYS);

// Three lines of a band: low, middle, high.
function aware(setting, place, day) { return [0, 1, 2].map(q => ARRAYS.aware[((setting * 3 + q) * PLACES + place) * DAYS + day]); }
function change(setting, place, day) { return [0, 1, 2].map(q => ARRAYS.change[((setting * 3 + q) * PLACES + place) * DAYS + day]); }
function reported(setting, place, day) { return ARRAYS.reported[(setting * DISTRICTS + place) * DAYS + day]; }
function districts(setting, day) { return [0, 1, 2].map(q => ARRAYS.districts[(setting * 3 + q) * DAYS + day]); }
function moved(setting, day) { return [0, 1, 2].map(q => ARRAYS.moved[(setting * 3 + q) * DAYS + day]); }
function shares(setting, place, day) { return aware(setting, place, day).map(n => DATA.people[place] ? n / DATA.people[place] : 0); }
function gaps(setting, place, day) { return change(setting, place, day).map(n => DATA.people[place] ? 100 * n / DATA.people[place] : 0); }

// What is shown: day, choice of every lever, place, and the step of the tour with what was guessed.
const BASES = DATA.levers.map(l => l.base);
const state = { day: Math.round(.4 * (DAYS - 1)), choices: BASES.slice(), place: ALL, step: 0, guesses: {}, shown: {}, timer: 0 };
function number(choices) { return DATA.levers.reduce((n, l, i) => n * l.choices.length + choices[i], 0); }

function t(key, fills) {
  const text = key.split('.').reduce((o, k) => o[k], TEXTS[key.split('.')[0]] === undefined ? TEXTS.page : TEXTS);
  return text.replace(/\{(\w+)\}/g, (all, hole) => fills && hole in fills ? fills[hole] : all);
}
function clean(text) { return String(text).replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }[c])); }
function $(id) { return document.getElementById(id); }
function dateOf(day) { return new Date(Date.parse(DATA.start) + day * 86400000); }
function dayName(day) { const d = dateOf(day); return d.getUTCDate() + ' ' + TEXTS.months[d.getUTCMonth()]; }
function dayYear(day) { return dayName(day) + ' ' + dateOf(day).getUTCFullYear(); }
function share(v) { return v > 0 && v < .005 ? t('below') : v < 1 && v > .995 ? t('above') : Math.round(100 * v) + '%'; }
function span(three, said) { return t('range', { low: said(three[0]), high: said(three[2]) }); }
function whole(n) { return (n > 0 ? '+' : n < 0 ? '−' : '±') + Math.abs(n); }
function placeName(place) { return place === ALL ? t('everybody') : DATA.places[place]; }
function choiceName(l, c) { return t('levers.' + DATA.levers[l].name + '.' + DATA.levers[l].choices[c]); }
function plain(v) { return v === true ? t('yes') : v === false ? t('no') : typeof v === 'number' ? String(+v.toPrecision(3)) : String(v); }
function isChanged() { return state.choices.some((c, i) => c !== BASES[i]); }

// The map of a setting; its places are made once, so that the one with the focus keeps it.
function makeMap(dashed) {
  const clip = 'clip' + (dashed ? 'b' : 'a'), s = DATA.shapes, box = s.box;
  const figure = document.createElement('figure');
  figure.className = 'map';
  figure.innerHTML = '<figcaption></figcaption><svg viewBox="' + box.join(' ') + '" preserveAspectRatio="xMidYMid meet" role="group">'
    + '<rect x="' + box[0] + '" y="' + box[1] + '" width="' + box[2] + '" height="' + box[3] + '" fill="#eaf1f6"/>'
    + s.around.map(d => '<path d="' + d + '" fill="#e4e4e4" stroke="#fff" stroke-width=".8"/>').join('')
    + '<clipPath id="' + clip + '"><path d="' + s.outline + '"/></clipPath><g clip-path="url(#' + clip + ')">'
    + s.cells.map((c, i) => '<path class="place" d="' + c.d + '" data-place="' + clean(c.name) + '" data-i="' + i + '" tabindex="0" role="button" stroke="#8a8a8a" stroke-width=".5"><title></title></path>').join('')
    + '</g><path d="' + s.outline + '" fill="none" stroke="#1b1b1b" stroke-width=".9" pointer-events="none"/><g class="over" pointer-events="none"></g></svg>';
  const paths = [...figure.querySelectorAll('.place')], over = figure.querySelector('.over'), svg = figure.querySelector('svg'), caption = figure.querySelector('figcaption');
  let focused = -1;
  paths.forEach((p, i) => {
    p.addEventListener('click', () => pick(i));
    p.addEventListener('keydown', e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); pick(i); } });
    p.addEventListener('focus', () => { focused = p.matches(':focus-visible') ? i : -1; ring(); });
    p.addEventListener('blur', () => { focused = -1; ring(); });
  });
  const name = t(dashed ? 'changed' : 'base');
  svg.setAttribute('aria-label', t('map', { name }));
  let px = 1;
  function ring() {
    // A size in pixels stays what it is however large the map is drawn.
    const b = svg.getBoundingClientRect();
    px = Math.max(box[2] / Math.max(b.width, 1), box[3] / Math.max(b.height, 1));
    const fs = parseFloat(getComputedStyle(svg).fontSize) * .9, edge = (i, color, wide) => '<clipPath id="' + clip + i + color.slice(1) + '"><path d="' + s.cells[i].d + '"/></clipPath><g fill="none" stroke="' + color + '" stroke-width="' + wide * px + '"><path d="' + s.cells[i].d + '" clip-path="url(#' + clip + ')"/><path d="' + s.outline + '" clip-path="url(#' + clip + i + color.slice(1) + ')"/></g>';
    let drawn = state.place < DISTRICTS ? edge(state.place, '#ffffff', 9) + edge(state.place, '#1b1b1b', 4.5) : '';
    if (focused >= 0) drawn += edge(focused, '#ffffff', 11) + edge(focused, '#0072B2', 6.5);
    s.cells.forEach(c => { drawn += '<circle cx="' + c.x + '" cy="' + c.y + '" r="' + 2.4 * px + '" fill="#1b1b1b" stroke="#fff" stroke-width="' + px + '"/>'; });
    for (const l of labels(fs, b)) drawn += '<rect x="' + (l.x - 2 * px) + '" y="' + (l.y - .5 * fs * px) + '" width="' + (l.long + 4 * px) + '" height="' + fs * px + '" fill="#fff" opacity=".8"/><text x="' + l.x + '" y="' + (l.y + .35 * fs * px) + '" font-size="' + fs * px + '" fill="#1b1b1b">' + clean(l.name) + '</text>';
    over.innerHTML = drawn;
  }
  // Names of some places, that of the chosen one first: beside it, else above or below; what would cover another is left out.
  function labels(fs, b) {
    const wanted = [...new Set([...(state.place < DISTRICTS ? [DATA.places[state.place]] : []), 'Tiranë', 'Gjirokastër', 'Shkodër', 'Korçë', 'Vlorë', 'Fier', 'Kukës'])], high = fs * px, taken = [];
    const middle = box[0] + box[2] / 2, left = middle - b.width * px / 2 + 2 * px, right = middle + b.width * px / 2 - 2 * px;
    for (const one of wanted) {
      const c = s.cells.find(o => o.name === one);
      if (!c) continue;
      const long = textWidth(one, fs) * px, off = 6 * px, across = Math.max(left, Math.min(c.x - long / 2, right - long));
      const tries = [[c.x + off, c.y], [c.x - off - long, c.y], [across, c.y - off - high / 2], [across, c.y + off + high / 2]].filter(p => p[0] >= left && p[0] + long <= right);
      const at = tries.find(p => taken.every(o => p[0] + long < o.x || p[0] > o.x + o.long || Math.abs(p[1] - o.y) > high));
      if (at) taken.push({ name: one, x: at[0], y: at[1], long });
    }
    return taken;
  }
  new ResizeObserver(ring).observe(svg);
  return {
    figure,
    draw(setting) {
      const all = shares(setting, ALL, state.day);
      caption.innerHTML = '<span class="' + (dashed ? 'dash' : 'line') + '"></span><span class="' + (dashed ? 'b' : 'a') + '"><b>' + share(all[1]) + '</b> ' + clean(t(dashed ? 'changed_small' : 'base_small')) + '</span>';
      paths.forEach((p, i) => {
        const v = shares(setting, i, state.day);
        p.setAttribute('fill', shade(v[1]));
        p.setAttribute('aria-pressed', i === state.place);
        const said = t('pick', { place: DATA.places[i], share: share(v[1]) + ' (' + span(v, share) + ')' });
        p.setAttribute('aria-label', said); p.firstChild.textContent = DATA.places[i] + ': ' + share(v[1]) + ' (' + span(v, share) + ')';
      });
      ring();
    },
  };
}
const MAPS = [makeMap(false), makeMap(true)];

// Curves up to the date: who knows, the difference of paired runs, and how many districts have reported.
function drawCurves() {
  const box = $('curves').getBoundingClientRect(), wide = Math.max(box.width, 120), high = Math.max(box.height, 120), fs = parseFloat(getComputedStyle(document.body).fontSize) * .86;
  const base = DATA.base, now = number(state.choices), differs = isChanged(), left = 3.1 * fs, right = wide - .8 * fs;
  const xx = day => left + (right - left) * day / (DAYS - 1), lines = [];
  const say = (x, y, text, anchor, more) => '<text x="' + x.toFixed(1) + '" y="' + y.toFixed(1) + '" font-size="' + fs.toFixed(1) + '" text-anchor="' + (anchor || 'start') + '" ' + (more || '') + '>' + clean(text) + '</text>';
  const path = (f, from, to) => { let s = ''; for (let d = from || 0; d <= (to === undefined ? state.day : to); d++) s += (s ? 'L' : 'M') + xx(d).toFixed(1) + ',' + f(d).toFixed(1); return s; };
  const band = (f, color, y) => { let s = path(d => y(f(d)[2])); for (let d = state.day; d >= 0; d--) s += 'L' + xx(d).toFixed(1) + ',' + y(f(d)[0]).toFixed(1); return '<path d="' + s + 'Z" fill="' + color + '" opacity=".2"/>'; };
  const middle = (f, color, y, dashed) => '<path d="' + path(d => y(f(d)[1])) + '" fill="none" stroke="' + color + '" stroke-width="3.5"' + (dashed ? ' stroke-dasharray="10 6"' : '') + '/>';
  const parts = differs ? [.5, .25, .25] : [.68, 0, .32], room = high - 1.5 * fs;
  let top = 0;
  function panel(part, title, low, top_value, ticks, said, draw) {
    const begin = top + 1.85 * fs, end = top + part * room - .35 * fs, y = v => end - (end - begin) * (v - low) / (top_value - low);
    let s = say(0, top + fs, title, 'start', 'font-weight="bold"');
    for (const v of ticks) s += '<line x1="' + left + '" x2="' + right + '" y1="' + y(v) + '" y2="' + y(v) + '" stroke="' + (v === 0 ? '#5c5c5c' : '#d0d0d0') + '"/>' + say(left - 5, y(v) + .35 * fs, said(v), 'end');
    s += draw(y, begin, end) + '<line x1="' + xx(state.day) + '" x2="' + xx(state.day) + '" y1="' + begin + '" y2="' + end + '" stroke="#1b1b1b" stroke-width="2"/>';
    top += part * room;
    lines.push(s);
  }
  const both = (f, y) => band(d => f(base, d), WORLD.a, y) + (differs ? band(d => f(now, d), WORLD.b, y) : '') + middle(d => f(base, d), WORLD.a, y, false) + (differs ? middle(d => f(now, d), WORLD.b, y, true) : '');
  const where = state.place === ALL ? t('everybody_in') : DATA.places[state.place];
  panel(parts[0], t('share', { rumor: DATA.rumor, place: where }), 0, 1, [0, .25, .5, .75, 1], v => 100 * v + '%', y => both((s, d) => shares(s, state.place, d), y));
  if (differs) {
    let most = .5;
    for (let d = 0; d <= state.day; d++) for (const v of gaps(now, state.place, d)) most = Math.max(most, Math.abs(v));
    panel(parts[1], t('difference'), -most, most, [-most, 0, most], v => v ? (v > 0 ? '+' : '−') + (most < 9.95 ? most.toFixed(1) : most.toFixed(0)) : '0', y => band(d => gaps(now, state.place, d), WORLD.b, y) + middle(d => gaps(now, state.place, d), WORLD.b, y, true));
  }
  panel(parts[2], t('reports'), 0, DISTRICTS, [0, Math.round(DISTRICTS / 2), DISTRICTS], v => v, (y, begin, end) => both((s, d) => districts(s, d), y)
    + DATA.documents.map(o => '<path d="M' + xx(o.day) + ',' + (end - 7) + 'l6,7l-6,7l-6,-7z" fill="#B34A00" stroke="#fff"><title>' + clean(o.text) + '</title></path>').join(''));
  let axis = '';
  const step = Math.max(1, Math.ceil(DAYS / ((right - left) / (6.2 * fs))));
  for (let d = 0; d < DAYS; d += step) axis += say(xx(d), high - .25 * fs, dayName(d), d ? xx(d) > right - 3 * fs ? 'end' : 'middle' : 'start');
  const curves = $('curves');
  curves.innerHTML = '<svg viewBox="0 0 ' + wide + ' ' + high + '" role="img" aria-label="' + clean(t('share', { rumor: DATA.rumor, place: where })) + '">' + lines.join('') + axis + '</svg>';
  curves.firstChild.addEventListener('click', e => { const part = (e.clientX - box.left - left) / (right - left); if (part > -.05 && part < 1.05) seek(part * (DAYS - 1)); });
}

// The numbers of the date, in a table, and in one sentence whether the pairs of runs agree.
function drawReadout() {
  const base = DATA.base, now = number(state.choices), differs = isChanged(), day = state.day, rows = [];
  const cell = (big, small, kind) => '<td class="' + kind + '"><b>' + clean(big) + '</b> <small>' + clean(small) + '</small></td>';
  const points = v => signed(v), know = place => {
    const [a, b, g] = [shares(base, place, day), shares(now, place, day), gaps(now, place, day)];
    return '<tr><th scope="row">' + clean(t('row_knows', { place: place === ALL ? t('everybody_in') : DATA.places[place] })) + '</th>' + cell(share(a[1]), span(a, share), 'a') + (differs ? cell(share(b[1]), span(b, share), 'b') + cell(points(g[1]), span(g, points), '') : '') + '</tr>';
  };
  rows.push(know(ALL));
  if (state.place !== ALL) {
    rows.push(know(state.place));
    const chance = n => t('probability', { low: share(DATA.chances[n][0]), high: share(DATA.chances[n][1]) }), [p, q] = [reported(base, state.place, day), reported(now, state.place, day)], of = n => t('of_runs', { count: n, runs: RUNS });
    rows.push('<tr><th scope="row">' + clean(t('row_reported', { place: DATA.places[state.place] })) + '</th>' + cell(of(p), chance(p), 'a') + (differs ? cell(of(q), chance(q), 'b') + cell(whole(q - p), '', '') : '') + '</tr>');
  }
  const [a, b, g] = [districts(base, day), districts(now, day), moved(now, day)];
  rows.push('<tr><th scope="row">' + clean(t('row_districts', { districts: DISTRICTS })) + '</th>' + cell(a[1], span(a, String), 'a') + (differs ? cell(b[1], span(b, String), 'b') + cell(whole(g[1]), span(g, whole), '') : '') + '</tr>');
  $('readout').innerHTML = '<caption class="unseen">' + clean(dayYear(day)) + '</caption><thead><tr><th scope="col"><span class="unseen">' + clean(t('table_place')) + '</span></th><th scope="col" class="a">' + clean(t('column_base')) + '</th>' + (differs ? '<th scope="col" class="b">' + clean(t('column_changed')) + '</th><th scope="col">' + clean(t('column_difference')) + '</th>' : '') + '</tr></thead><tbody>' + rows.join('') + '</tbody>';
  const c = change(now, state.place, day), sure = c[0] > 0 ? t('more') : c[2] < 0 ? t('fewer') : '';
  $('said').textContent = !differs ? t('same') : sure ? t('sure', { more: sure }) : c[0] === 0 && c[2] === 0 ? t('equal') : t('unsure');
}

function drawTable() {
  const base = DATA.base, now = number(state.choices), differs = isChanged(), both = (f) => '<td class="a">' + clean(f(base)) + '</td>' + (differs ? '<td class="b">' + clean(f(now)) + '</td>' : '');
  const head = name => '<th scope="col"' + (differs ? ' colspan="2"' : '') + '>' + clean(name) + '</th>';
  $('table').querySelector('table').innerHTML = '<caption class="unseen">' + clean(dayYear(state.day)) + '</caption><thead><tr><th scope="col">' + clean(t('table_place')) + '</th>' + head(t('table_knows', { date: dayName(state.day) })) + head(t('table_reported')) + '</tr></thead><tbody>'
    + DATA.places.map((_, p) => '<tr><th scope="row">' + clean(placeName(p)) + '</th>' + both(s => { const v = shares(s, p, state.day); return share(v[1]) + ' (' + span(v, share) + ')'; })
      + both(s => p === ALL ? '' : t('of_runs', { count: reported(s, p, state.day), runs: RUNS })) + '</tr>').join('') + '</tbody>';
}

// What happened last, in the words of the evidence; of several events of a day the weightiest, which comes first.
function drawEvents() {
  const last = Math.max(-1, ...DATA.events.filter(e => e.day <= state.day).map(e => e.day)), there = DATA.events.filter(e => e.day === last);
  $('happened').innerHTML = there.length ? '<b>' + clean(dayName(last)) + ': ' + clean(there[0].label) + '.</b> ' + clean(there[0].sentence) + ' <cite>' + clean(there[0].source) + '</cite>' : clean(t('nothing_yet'));
  for (const mark of $('marks').children) mark.classList.toggle('now', +mark.dataset.day === last);
}

function drawTour() {
  const tour = $('tour'), step = DATA.steps[state.step];
  tour.hidden = !step; document.body.classList.toggle('touring', !!step);
  if (!step) return;
  const guess = state.guesses[state.step], open = state.shown[state.step];
  tour.innerHTML = '<div class="head"><span>' + clean(t('tour', { step: state.step + 1, steps: DATA.steps.length })) + '</span><h2>' + clean(step.title) + '</h2>'
    + '<button type="button" data-test="tour-back"' + (state.step ? '' : ' disabled') + '>◂ ' + clean(t('back')) + '</button><button type="button" data-test="tour-next"' + (state.step + 1 < DATA.steps.length ? '' : ' disabled') + '>' + clean(t('next')) + ' ▸</button></div>'
    + '<p class="question">' + clean(step.question) + '</p><div class="choices" data-test="tour-guess">' + step.choices.map((c, i) => '<button type="button" data-guess="' + i + '"' + (guess === i ? ' class="chosen"' : '') + ' aria-pressed="' + (guess === i) + '">' + clean(c) + '</button>').join('')
    + (open ? '' : '<button type="button" data-test="tour-show"' + (step.choices.length && guess === undefined ? ' disabled' : '') + '>' + clean(t('show')) + '</button>') + '</div>'
    + '<div aria-live="polite">' + (guess === undefined ? '' : '<p>' + clean(t('guess', { guess: step.choices[guess] })) + (open && step.answer !== null ? ' · ' + clean(t('answer', { answer: step.choices[step.answer] })) : '') + '</p>')
    + (open ? '<p class="closing" data-test="tour-closing"><b>' + clean(step.closing) + '</b> <cite>' + clean(t('source', { source: step.source })) + '</cite></p>' : '') + '</div>';
  tour.querySelectorAll('[data-guess]').forEach(b => b.addEventListener('click', () => { if (!open) state.guesses[state.step] = +b.dataset.guess; again('[data-guess="' + b.dataset.guess + '"]'); }));
  const on = (mark, act) => { const b = tour.querySelector('[data-test=' + mark + ']'); if (b) b.addEventListener('click', act); };
  on('tour-next', () => go(1)); on('tour-back', () => go(-1)); on('tour-show', showAnswer);
  // What had the focus is made anew: its successor gets it.
  function again(selector) { drawTour(); const b = $('tour').querySelector(selector); if (b) b.focus(); }
}
function go(by) {
  if (!DATA.steps[state.step + by]) return;
  state.step += by; drawTour();
  const b = $('tour').querySelector('[data-test=' + (by > 0 ? 'tour-next' : 'tour-back') + ']'); if (b) b.focus();
  if (state.shown[state.step]) board();
}
function board() { const step = DATA.steps[state.step]; state.choices = step.setting.slice(); state.day = step.day; state.place = step.place; draw(); }
function showAnswer() { state.shown[state.step] = true; board(); drawTour(); const b = $('tour').querySelector('[data-test=tour-next]'); if (b) b.focus(); }

function draw() {
  const differs = isChanged();
  $('date').textContent = dayYear(state.day);
  $('slider').value = state.day; $('slider').setAttribute('aria-valuetext', dayYear(state.day));
  $('maps').classList.toggle('two', differs); MAPS[1].figure.style.display = differs ? '' : 'none';
  MAPS[0].draw(DATA.base); if (differs) MAPS[1].draw(number(state.choices));
  DATA.levers.forEach((l, i) => l.choices.forEach((c, k) => { $('l' + i + '-' + k).checked = state.choices[i] === k; }));
  $('reset').disabled = !differs;
  drawCurves(); drawReadout(); drawEvents(); if ($('table').open) drawTable();
  try { history.replaceState(null, '', location.search + '#' + [state.day, state.choices.join('.'), state.place].join('-')); } catch (e) { /* some browsers keep the address of a file as it is */ }
}
function seek(day) { state.day = Math.max(0, Math.min(DAYS - 1, Math.round(day))); draw(); }
function pick(place) { state.place = state.place === place ? ALL : place; draw(); }
function move(lever, choice) { state.choices[lever] = choice; draw(); }
function turn(lever, by) { const n = DATA.levers[lever].choices.length; move(lever, (state.choices[lever] + by + n) % n); }
function play(on) {
  clearInterval(state.timer); state.timer = 0;
  if (on) { if (state.day >= DAYS - 1) seek(0); state.timer = setInterval(() => { if (state.day >= DAYS - 1) play(false); else seek(state.day + 1); }, 450); }
  $('play').textContent = state.timer ? '❚❚ ' + t('pause') : '▶ ' + t('play');
}
function projector(on) { document.documentElement.classList.toggle('projector', on); $('large').setAttribute('aria-pressed', on); draw(); }
function help(on) { $('help').hidden = !on; $('help-button').setAttribute('aria-expanded', on); if (on) $('help').querySelector('button').focus(); }
function event(by) {
  const days = [...new Set(DATA.events.map(e => e.day))].sort((a, b) => a - b), to = by > 0 ? days.find(d => d > state.day) : days.reverse().find(d => d < state.day);
  if (to !== undefined) seek(to);
}
function key(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const in_range = e.target.id === 'slider', in_choice = e.target.type === 'radio', in_button = e.target.closest && e.target.closest('button, summary');
  const arrows = { ArrowRight: 1, ArrowLeft: -1 }, lever = /^Digit([1-9])$/.exec(e.code || '');
  if (e.key === 'Escape') { if (!$('help').hidden) { help(false); $('help-button').focus(); } else if (state.place !== ALL) pick(state.place); }
  else if (e.key === '?') help($('help').hidden);
  else if (e.key === ' ') { if (in_button || in_choice) return; play(!state.timer); }
  else if (e.key in arrows) { if (in_choice) return; seek(state.day + arrows[e.key] * (e.shiftKey ? 7 : 1)); }
  else if (e.key === 'PageDown') event(1);
  else if (e.key === 'PageUp') event(-1);
  else if (e.key === 'Home') seek(0);
  else if (e.key === 'End') seek(DAYS - 1);
  else if (e.key === '0') { state.choices = BASES.slice(); draw(); }
  else if (lever && DATA.levers[lever[1] - 1]) turn(lever[1] - 1, e.shiftKey ? -1 : 1);
  else if (/^[1-9]$/.test(e.key) && DATA.levers[e.key - 1]) turn(e.key - 1, 1);
  else if (e.key === 'p' || e.key === 'P') projector(!document.documentElement.classList.contains('projector'));
  else if ((e.key === 'n' || e.key === 'N') && DATA.steps.length) go(1);
  else if ((e.key === 'b' || e.key === 'B') && DATA.steps.length) go(-1);
  else if (!in_range) return; else return;
  e.preventDefault();
}

function begin() {
  $('title').textContent = DATA.title;
  for (const m of MAPS) $('maps').appendChild(m.figure);
  $('slider').max = DAYS - 1;
  $('legend').innerHTML = '<b>' + clean(t('legend')) + '</b>' + [0, .02, .1, .25, .5, .75, 1].map(v => '<i style="background:' + shade(v) + ';color:' + (v > .3 ? '#fff' : '#1b1b1b') + '">' + Math.round(100 * v) + '%</i>').join('') + '<span class="after">' + clean(t('middle')) + '; ' + clean(t('band')) + (DATA.documents.length ? '; <span class="mark">◆</span> ' + clean(t('documents')) : '') + '</span>';
  $('levers').innerHTML = DATA.levers.map((l, i) => '<fieldset data-test="lever-' + l.name + '"><legend><kbd>' + (i + 1) + '</kbd> ' + clean(t('levers.' + l.name + '.title')) + '</legend>' + l.choices.map((c, k) => {
    const one = l.numbers.length === 1 ? l.numbers[0] : null, unit = one && !['share', 'probability', 'factor'].includes(one.about[0]) ? ' ' + one.about[0] : '';
    return '<label class="choice' + (k === l.base ? '' : ' moved') + '"><input type="radio" name="l' + i + '" id="l' + i + '-' + k + '" data-choice="' + c + '"><span>' + clean(choiceName(i, k)) + (one ? '<small>' + clean(plain(one.values[k]) + unit) + '</small>' : '') + '</span></label>';
  }).join('') + '</fieldset>').join('');
  DATA.levers.forEach((l, i) => l.choices.forEach((c, k) => $('l' + i + '-' + k).addEventListener('change', () => move(i, k))));
  $('marks').innerHTML = [...new Set(DATA.events.map(e => e.day))].map(day => { const said = dayName(day) + ': ' + DATA.events.filter(e => e.day === day).map(e => e.label).join('; '); return '<button type="button" tabindex="-1" data-day="' + day + '" style="left:' + 100 * day / (DAYS - 1) + '%" title="' + clean(said) + '" aria-label="' + clean(said) + '">▲</button>'; }).join('');
  for (const mark of $('marks').children) mark.addEventListener('click', () => seek(+mark.dataset.day));
  const fills = { runs: RUNS, settings: DATA.levers.reduce((n, l) => n * l.choices.length, 1), seed: DATA.seed, version: DATA.version, fingerprint: DATA.fingerprint.slice(0, 16) };
  fills.total = (fills.runs * fills.settings).toLocaleString(TEXTS.language);
  $('behind').textContent = [t('behind', fills), t('behind_' + DATA.parameters), t('invented', fills)].join(' ');
  $('about').querySelector('div').innerHTML = ['about_band', 'about_chance', 'about_report', 'about_map'].map(k => '<p>' + clean(t(k, fills)) + '</p>').join('');
  $('events').querySelector('div').innerHTML = DATA.events.map(e => '<p><b>' + clean(dayName(e.day)) + ': ' + clean(e.label) + '.</b> ' + clean(e.sentence) + ' <cite>' + clean(e.source) + '</cite></p>').join('');
  $('numbers').querySelector('div').innerHTML = '<p>' + clean(t('low_high')) + '</p>' + DATA.levers.map((l, i) => '<table class="wide"><caption style="text-align:left;font-weight:bold">' + clean(t('levers.' + l.name + '.title')) + '</caption><thead><tr><th scope="col">' + clean(t('number_key')) + '</th>' + l.choices.map((c, k) => '<th scope="col">' + clean(choiceName(i, k)) + '</th>').join('') + ['unit', 'meaning', 'source'].map(k => '<th scope="col">' + clean(t('number_' + k)) + '</th>').join('') + '</tr></thead><tbody>'
    + l.numbers.map(n => '<tr><th scope="row">' + clean(n.key) + '</th>' + n.values.map(v => '<td>' + clean(plain(v)) + '</td>').join('') + n.about.map((a, k) => '<td>' + clean(k === 1 && n.key.endsWith('.enabled') ? t('switch') : a) + '</td>').join('') + '</tr>').join('') + '</tbody></table>').join('');
  $('help').innerHTML = '<h2 id="help-head">' + clean(t('keys_head')) + '</h2><table>' + TEXTS.keys.map(([k, v]) => '<tr><th scope="row"><b>' + clean(k) + '</b></th><td>' + clean(v) + '</td></tr>').join('') + '</table><button type="button">' + clean(t('close')) + '</button>';
  $('help').querySelector('button').addEventListener('click', () => { help(false); $('help-button').focus(); });
  $('help-button').addEventListener('click', () => help($('help').hidden));
  $('play').addEventListener('click', () => play(!state.timer));
  $('large').addEventListener('click', () => projector(!document.documentElement.classList.contains('projector')));
  $('reset').addEventListener('click', () => { state.choices = BASES.slice(); draw(); });
  $('slider').addEventListener('input', e => seek(+e.target.value));
  $('table').addEventListener('toggle', () => { if ($('table').open) drawTable(); });
  window.addEventListener('keydown', key);
  new ResizeObserver(drawCurves).observe($('curves'));
  // The address says what is shown, so that a link or a reload gives the same board.
  const kept = /^#(\d+)-([\d.]+)-(\d+)$/.exec(location.hash), choices = kept ? kept[2].split('.').map(Number) : [];
  if (kept && +kept[1] < DAYS && +kept[3] < PLACES && choices.length === DATA.levers.length && choices.every((c, i) => c < DATA.levers[i].choices.length)) Object.assign(state, { day: +kept[1], choices, place: +kept[3] });
  projector(/[?&]projector\b/.test(location.search));
  drawTour();
}
begin();
