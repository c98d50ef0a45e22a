import type { AsyncApi } from './asyncapi.ts';
import { domains } from './domains.ts';
import { type Field, fieldsOf, type JsonSchema, successOf } from './shape.ts';
import { eventName } from './types.ts';

/** The page `/docs`: the event table is written here, once; the HTTP part is drawn in the browser from /openapi.json. */

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const inline = (text: string) => escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

type Row = {
  name: string;
  direction: 'in' | 'out';
  delivery: string;
  where: string[];
  summary: string;
  fields: Field[];
  ack?: Field[];
};

const rowsOf = (tag: string, document: AsyncApi): Row[] => {
  const domain = domains.find((one) => one.tag === tag)!;
  const schemas = document.components.schemas as Record<string, JsonSchema>;
  const messages = Object.values(document.components.messages) as { name: string; payload: { $ref: string } }[];
  const schemaOf = (message: string) => {
    const { $ref } = messages.find(({ name }) => name === message)!.payload;
    return schemas[$ref.slice($ref.lastIndexOf('/') + 1)]!;
  };
  const addressOf = (key: string) => {
    const channel = document.channels[key]!;
    return channel['x-namespace'] === '*' ? 'every namespace' : channel.address;
  };
  return [
    ...domain.clientEvents.map(
      ({ name, channel, summary }): Row => ({
        name,
        direction: 'in',
        delivery: 'request',
        where: [addressOf(channel)],
        summary,
        fields: fieldsOf(schemaOf(name)),
        ack: fieldsOf(successOf(schemaOf(`${name} (ack)`))),
      }),
    ),
    ...domain.serverEvents.map(
      ({ schema, delivery, channels, summary }): Row => ({
        name: eventName(schema),
        direction: 'out',
        delivery,
        where: channels.map(addressOf),
        summary,
        fields: fieldsOf(schemaOf(eventName(schema))),
      }),
    ),
  ];
};

const DIRECTION = { in: 'client → server', out: 'server → client' };

const renderFields = (title: string, fields: Field[]) =>
  fields.length === 0
    ? `<p class="none">${title}: none</p>`
    : `<dl class="fields"><dt class="title">${title}</dt>${fields
        .map(
          ({ name, type, optional, description }) =>
            `<dt><code>${escapeHtml(name)}${optional ? '?' : ''}</code></dt><dd>${escapeHtml(type)}${description ? ` <span class="note">${inline(description)}</span>` : ''}</dd>`,
        )
        .join('')}</dl>`;

const searchText = ({ name, summary, fields, where, ack = [] }: Row) =>
  [name, summary, ...where, ...[...fields, ...ack].map((field) => field.name)].join(' ').toLowerCase();

const renderRow = (
  row: Row,
) => `<tr data-direction="${row.direction}" data-delivery="${row.delivery}" data-text="${escapeHtml(searchText(row))}" id="event-${escapeHtml(row.name)}">
<th scope="row"><code>${escapeHtml(row.name)}</code><p>${inline(row.summary)}</p></th>
<td><span class="badge ${row.direction}">${DIRECTION[row.direction]}</span> <span class="badge">${row.delivery}</span><ul class="where">${row.where.map((address) => `<li><code>${escapeHtml(address)}</code></li>`).join('')}</ul></td>
<td>${renderFields('Fields', row.fields)}${row.ack ? renderFields('Ack', row.ack) : ''}</td>
</tr>`;

const renderTable = (tag: string, document: AsyncApi) => {
  const rows = rowsOf(tag, document);
  if (rows.length === 0) return '';
  return `<section class="group"><h3>${escapeHtml(tag)}</h3>
<table><thead><tr><th scope="col">Event</th><th scope="col">Direction and place</th><th scope="col">What it holds</th></tr></thead>
<tbody>${rows.map(renderRow).join('\n')}</tbody></table></section>`;
};

const renderShapes = (document: AsyncApi) => {
  const named = Object.entries(document.components.schemas as Record<string, JsonSchema>).filter(
    ([name]) => !/(Message|Ack|Event)$/.test(name),
  );
  return `<section class="group"><h3>Named shapes</h3><div class="shapes">${named
    .map(([name, schema]) => `<article>${renderFields(escapeHtml(name), fieldsOf(schema))}</article>`)
    .join('')}</div></section>`;
};

const LOGO =
  '<svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0b6e83"/><path d="M4 18c2.6 0 3-4 5.4-4s2.6 4 4.6 4c2.4 0 2.2-10 4.4-10s2.2 16 4.4 16c1.9 0 1.7-6 5.2-6" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

export const renderPage = (document: AsyncApi): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Waybeat: HTTP routes and socket events</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger/swagger-ui.css">
<link rel="stylesheet" href="/docs/page/docs.css">
</head>
<body>
<header class="top">
<div class="bar">${LOGO}<h1>Waybeat <span>${escapeHtml(document.info.version)}</span></h1>
<nav aria-label="Parts of this page"><a href="#events">Socket events</a><a href="#http">HTTP routes</a></nav>
<p class="files"><a href="/asyncapi.json">asyncapi.json</a> <a href="/openapi.json">openapi.json</a></p></div>
</header>
<main>
<section id="events" aria-labelledby="events-title">
<h2 id="events-title">Socket events</h2>
<p>${inline(document.info.description)}</p>
<dl class="legend">
<div><dt><span class="badge">durable</span></dt><dd>Versioned and stored; sent again after a reconnect.</dd></div>
<div><dt><span class="badge">notice</span></dt><dd>Sent once after commit; read the list again after a reconnect.</dd></div>
<div><dt><span class="badge">ephemeral</span></dt><dd>Newest wins; dropped first for a slow client.</dd></div>
<div><dt><span class="badge">connection</span></dt><dd>About this one connection.</dd></div>
</dl>
<form class="filter" role="search">
<label>Search <input type="search" id="search" placeholder="name, field or room" autocomplete="off"></label>
<label>Direction <select id="direction"><option value="">both</option><option value="in">client → server</option><option value="out">server → client</option></select></label>
<label>Kind <select id="delivery"><option value="">all</option><option>request</option><option>durable</option><option>notice</option><option>ephemeral</option><option>connection</option></select></label>
<output id="count" for="search direction delivery"></output>
</form>
${domains.map(({ tag }) => renderTable(tag, document)).join('')}
${renderShapes(document)}
</section>
<section id="http" aria-labelledby="http-title">
<h2 id="http-title">HTTP routes</h2>
<noscript><p>This part needs a script; <a href="/openapi.json">openapi.json</a> holds all of it.</p></noscript>
<div id="swagger"></div>
</section>
</main>
<script src="/docs/swagger/swagger-ui-bundle.js" defer></script>
<script src="/docs/page/docs.js" defer></script>
</body>
</html>
`;
