// The filter of the event table, and Swagger UI for the routes. A file of its own, since the page allows no inline script.

const search = document.getElementById('search');
const direction = document.getElementById('direction');
const delivery = document.getElementById('delivery');
const count = document.getElementById('count');
const rows = [...document.querySelectorAll('tr[data-text]')];

const filter = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits =
      words.every((word) => row.dataset.text.includes(word)) &&
      (direction.value === '' || row.dataset.direction === direction.value) &&
      (delivery.value === '' || row.dataset.delivery === delivery.value);
    row.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const group of document.querySelectorAll('.group:has(table)'))
    group.hidden = !group.querySelector('tr[data-text]:not([hidden])');
  count.value = `${shown} of ${rows.length} events`;
};

for (const control of [search, direction, delivery]) control.addEventListener('input', filter);
document.querySelector('form.filter').addEventListener('submit', (event) => event.preventDefault());
filter();

// Swagger UI has dark colours but does not ask the system for its preference.
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger',
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  persistAuthorization: false,
  // The public validator is another host.
  validatorUrl: null,
});
