// What a run looks like: steps, counters, screens, the log and the proof.

/** An element with attributes and children; what is null or false is left out. */
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
};

const seconds = (milliseconds) => `${(milliseconds / 1_000).toFixed(1)} s`;
const many = (count, one, more = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : more}`;

const STEPS = [
  ['writing', 'Write'],
  ['broken', 'Break'],
  ['mending', 'Mend'],
  ['catching up', 'Catch up'],
  ['proving', 'Prove'],
];

/** The steps of a run, those behind it marked. A failed one stays where it failed. */
export const steps = (phase) => {
  const at = phase === 'done' ? STEPS.length : STEPS.findIndex(([name]) => name === phase);
  return STEPS.map(([, label], n) =>
    make('li', { 'data-done': n < at && 'yes', 'aria-current': n === at && 'step' }, label),
  );
};

export const counts = ({ acknowledged, refused, unanswered }) =>
  [
    ['writes acknowledged', acknowledged],
    ['refused', refused],
    ['unanswered', unanswered],
  ].map(([name, count]) => make('div', {}, make('dt', {}, name), make('dd', {}, count.toLocaleString('en'))));

const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

const freshness = ({ status, staleSince }) => {
  if (status === 'catching_up') return ['catching-up', 'catching up'];
  if (status === 'live') return ['live', 'live'];
  return ['stale', staleSince ? `${status} since ${clock(staleSince)}` : status];
};

export const screens = (all) =>
  all.map((screen) => {
    const [kind, text] = freshness(screen);
    return make(
      'li',
      {},
      make('h3', {}, screen.name),
      make('p', { class: 'dim' }, screen.who),
      make('p', { class: 'badge', 'data-status': kind }, text),
      make(
        'dl',
        {},
        ...screen.shipments.map(({ number, version }) =>
          make('div', {}, make('dt', {}, number), make('dd', {}, version === null ? '…' : `version ${version}`)),
        ),
      ),
      screen.awayMs > 0 && make('p', { class: 'dim' }, `not live for ${seconds(screen.awayMs)}`),
    );
  });

export const log = (entries) =>
  entries.map(({ atMs, text }) => make('li', {}, make('span', { class: 'time' }, seconds(atMs)), text));

const statements = ({ acknowledged, refused, unanswered, happened, events, healedMs, late }) => {
  const lost = refused + unanswered;
  return [
    `${many(acknowledged, 'write was', 'writes were')} acknowledged. The database holds every one, once.`,
    lost > 0 &&
      `${many(lost, 'write was', 'writes were')} refused or never answered. The database holds ${happened} of them, and so does every screen.`,
    `${many(events, 'event is', 'events are')} in the database, the versions of each order from 1 on without a gap.`,
    'Every screen saw each version after the one it came in with, once and in order.',
    `All screens were current ${seconds(healedMs)} after it was whole again.${late ? ' That is later than promised: is this machine busy with something else?' : ''}`,
  ].filter(Boolean);
};

const table = (rows) =>
  make(
    'table',
    {},
    make(
      'caption',
      {},
      'Each screen, compared with the database: versions above From that are stored, and that were seen',
    ),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        ...['Screen', 'Order', 'From', 'Stored', 'Seen', 'Right'].map((head) => make('th', { scope: 'col' }, head)),
      ),
    ),
    make(
      'tbody',
      {},
      ...rows.map(({ screen, shipment, from, stored, seen, fault }) =>
        make(
          'tr',
          { 'data-wrong': fault && 'yes' },
          make('th', { scope: 'row' }, screen),
          make('td', {}, shipment),
          make('td', { class: 'number' }, String(from)),
          make('td', { class: 'number' }, String(stored)),
          make('td', { class: 'number' }, String(seen)),
          make('td', {}, fault ? 'no' : 'yes'),
        ),
      ),
    ),
  );

const replay = ({ fault, seed, seconds: time }) =>
  `curl ${location.origin}/runs -H 'content-type: application/json' -d '${JSON.stringify({ fault, seed, seconds: time })}'`;

const verdict = ({ holds, faults, ...figures }) =>
  holds
    ? [make('ul', { class: 'statements' }, ...statements(figures).map((line) => make('li', {}, line)))]
    : [
        make('ul', { class: 'broken' }, ...faults.map((line) => make('li', {}, line))),
        make('p', {}, 'That is a fault of Waybeat: report it with this page and the end of data/demo/server.log.'),
      ];

export const proof = (run) => [
  make(
    'h2',
    { id: 'proved', 'data-holds': run.proof.holds ? 'yes' : 'no' },
    run.proof.holds ? 'It converged' : 'It did not converge',
  ),
  make('p', {}, `${run.title}, ${many(run.seconds, 'second')}, seed ${run.seed}.`),
  ...verdict(run.proof),
  table(run.proof.rows),
  make('p', {}, 'This plays it again: ', make('code', {}, replay(run))),
];

export const failure = (run) => [
  make('h2', { id: 'proved', 'data-holds': 'no' }, 'There is no proof'),
  make('p', {}, `The run could not be finished: ${run.error}.`),
  make(
    'p',
    {},
    'Break it again. If the dashboard does not answer either, end the demo in its terminal with Ctrl-C and start it again; nothing that was acknowledged is lost. The replaying command: ',
    make('code', {}, replay(run)),
  ),
];
