// What every page runs: turns the course's plain HTML into its widgets, on each page that is shown.
import { mount as mountPredict } from './predict.js';

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

// What scrolls can be scrolled by keyboard. What lies in a closed fold has no size until it is opened.
const sized = new ResizeObserver((seen) => {
  for (const { target } of seen.filter(({ contentRect }) => contentRect.width > 0)) {
    const wide = target.scrollWidth > target.clientWidth;
    target.classList.toggle('scrolls', wide);
    if (wide || target.scrollHeight > target.clientHeight + 1) target.tabIndex = 0;
  }
});

/** What the theme leaves out: names for its search and copy buttons, scrolling of wide tables and code by keyboard. */
function fixTheme() {
  document.querySelector('.md-search')?.setAttribute('aria-label', 'Search');
  document.querySelectorAll('.md-code__nav').forEach((nav, place) => nav.setAttribute('aria-label', `Code ${place + 1}`));
  const scrolling = document.querySelectorAll('.md-typeset__scrollwrap, .md-typeset pre > code, .highlight-ipynb');
  for (const one of scrolling) sized.observe(one);
}

// What moves or calculates comes when it is near the screen: a reader of a lab's top does not wait for its end.
// Each is given the JSON of its element's data-view. (No `<script>` holds it: the theme's instant navigation runs
// each script of a page that it brings, whatever its type.)
const LATER = {
  'request-view': () => import('./request-view.js'),
  stepped: () => import('./stepped.js'),
  'three-ways': () => import('./three-ways.js'),
  'what-binds': () => import('./what-binds.js'),
  'check-report': () => import('./check-report.js'),
};
const nearby = new IntersectionObserver(
  (seen) => {
    for (const { target } of seen.filter((one) => one.isIntersecting)) {
      nearby.unobserve(target);
      const kind = Object.keys(LATER).find((name) => target.classList.contains(name));
      const told = JSON.parse(target.dataset.view);
      delete target.dataset.view; // it's built once
      LATER[kind]().then(({ mount }) => target.isConnected && mount(target, told));
    }
  },
  { rootMargin: '50%' },
);

function start() {
  document.querySelectorAll('.predict').forEach(mountPredict);
  for (const name of Object.keys(LATER)) {
    for (const one of document.querySelectorAll(`.${name}[data-view]`)) nearby.observe(one);
  }
  instructorNotes();
  fixSoon();
}

// the theme wraps tables and adds buttons when it gets round to it; once for many changes
let waiting = null;
function fixSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(fixTheme, 150);
}
new MutationObserver(fixSoon).observe(document.body, { childList: true, subtree: true });

// the theme announces every page, the first one and those that instant navigation brings
if (window.document$) window.document$.subscribe(start);
else start();
