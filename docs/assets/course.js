// What every page runs: turns the course's plain HTML into its widgets, on each page that is shown.
import { mount as mountPredict } from './predict.js';
import { mount as mountWhatBinds } from './what-binds.js';

const NOTES = 'show-instructor-notes'; // kept in this browser only

function instructorNotes() {
  const shown = localStorage.getItem(NOTES) === 'yes';
  for (const note of document.querySelectorAll('details.instructor')) note.open ||= shown;
  for (const place of document.querySelectorAll('.instructor-switch')) {
    const label = document.createElement('label');
    const box = document.createElement('input');
    Object.assign(box, { type: 'checkbox', checked: shown });
    box.addEventListener('change', () => localStorage.setItem(NOTES, box.checked ? 'yes' : 'no'));
    label.append(box, ' Show the instructor notes of every lab page in this browser');
    place.replaceChildren(label);
  }
}

/** What the theme leaves out: names for its search and copy buttons, scrolling of wide tables and code by keyboard. */
function mendTheme() {
  document.querySelector('.md-search')?.setAttribute('aria-label', 'Search');
  document.querySelectorAll('.md-code__nav').forEach((nav, place) => nav.setAttribute('aria-label', `Code ${place + 1}`));
  for (const wide of document.querySelectorAll('.md-typeset__scrollwrap, .md-typeset pre > code, .highlight-ipynb')) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
}

function each(selector, mount) {
  for (const root of document.querySelectorAll(`${selector}:not([data-mounted])`)) {
    root.dataset.mounted = '';
    mount(root);
  }
}

function start() {
  each('.predict', mountPredict);
  each('.what-binds', mountWhatBinds);
  instructorNotes();
  mendSoon();
}

// the theme wraps tables and adds buttons when it gets round to it; mending costs a layout, so once for many changes
let waiting = null;
function mendSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(mendTheme, 150);
}
new MutationObserver(mendSoon).observe(document.body, { childList: true, subtree: true });
addEventListener('resize', mendSoon);

// the theme announces every page, the first one and those that instant navigation brings
if (window.document$) window.document$.subscribe(start);
else start();
