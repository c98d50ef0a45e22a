// The form, and the state that the demo sends some times a second while something is being broken.

import * as views from './views.js';

const find = (id) => document.getElementById(id);
const list = (id) => find(id).querySelector('ul, ol');
const asked = new URLSearchParams(location.search);
const setSeed = () => {
  find('seed').value = String(1 + Math.floor(Math.random() * 9_999));
};

const isUnderWay = (run) => run !== null && run.phase !== 'done' && run.phase !== 'failed';
const OUTCOMES = { done: views.proof, failed: views.failure };

/** Once: choices do not change while a demo runs. */
const offer = ({ choices, address, maxSeconds }) => {
  find('dashboard').href = address;
  find('seconds').max = String(maxSeconds);
  const take = ({ seconds }) => {
    find('seconds').value = String(seconds);
  };
  find('choices').replaceChildren(
    ...choices.map((choice) => {
      const input = views.make('input', { type: 'radio', name: 'fault', value: choice.name, required: 'required' });
      input.addEventListener('change', () => take(choice));
      const text = views.make(
        'span',
        {},
        views.make('strong', {}, choice.label),
        views.make('span', { class: 'dim' }, choice.explains),
      );
      return views.make('label', { class: 'choice' }, input, text);
    }),
  );
  const chosen = choices.find(({ name }) => name === asked.get('fault')) ?? choices[0];
  document.querySelector(`[value="${chosen.name}"]`).checked = true;
  take(chosen);
  if (asked.has('seconds')) find('seconds').value = asked.get('seconds');
  setSeed();
  if (asked.has('seed')) find('seed').value = asked.get('seed');
};

let said = '';
let concluded;
/** A screen reader hears each step once, and the conclusion; the figures change too often to be read out. */
const show = ({ now, run }) => {
  find('go').disabled = isUnderWay(run);
  find('go').textContent = isUnderWay(run) ? 'Breaking it …' : 'Break it';
  find('steps').replaceChildren(...views.steps(run?.phase));
  if (!run) return;
  const text = run.log.at(-1)?.text ?? 'Making four orders and opening five screens …';
  if (text !== said) find('said').textContent = text;
  said = text;
  find('progress').hidden = run.phase !== 'broken';
  find('progress').max = run.seconds * 1_000;
  find('progress').value = Math.min(now - run.phaseSince, run.seconds * 1_000);
  find('counts').replaceChildren(...views.counts(run));
  for (const id of ['screens', 'log']) find(id).hidden = run.screens.length === 0;
  list('screens').replaceChildren(...views.screens(run.screens));
  list('log').replaceChildren(...views.log(run.log));
  if (isUnderWay(run)) find('proof').hidden = true;
  else if (concluded !== run.startedAt) {
    concluded = run.startedAt;
    find('proof').replaceChildren(...OUTCOMES[run.phase](run));
    find('proof').hidden = false;
  } else find('proof').hidden = false;
};

let offered = false;
const states = new EventSource('/state');
states.addEventListener('message', ({ data }) => {
  const state = JSON.parse(data);
  find('away').hidden = true;
  if (!offered) offer(state);
  offered = true;
  show(state);
});
states.addEventListener('error', () => {
  find('away').hidden = false;
  find('go').disabled = true;
});

find('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  find('refused').hidden = true;
  const fault = new FormData(event.target).get('fault');
  const [seed, seconds] = [find('seed').valueAsNumber, find('seconds').valueAsNumber];
  history.replaceState(null, '', `?${new URLSearchParams({ fault, seed, seconds })}`);
  const answer = await fetch('/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fault, seed, seconds }),
  }).catch(() => undefined);
  if (answer?.ok) return find('run').scrollIntoView({ block: 'nearest' });
  const detail = answer ? (await answer.json()).detail : 'The demo does not answer; is it still running?';
  find('refused').textContent = `${detail}.`;
  find('refused').hidden = false;
});
