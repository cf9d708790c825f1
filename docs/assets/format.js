// Numbers in words, as labs/engine/formatting.py has them. Intl would do the same, and costs a phone a quarter of a
// second before its first number.

/** 12345 as 12,345. */
export const grouped = (value) => String(value).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));

/** So many decimal places; what lies halfway goes to the even neighbour, as in Python. */
export const fixed = (value, digits) => {
  const scaled = value * 10 ** digits;
  const down = Math.floor(scaled);
  return (Number.isInteger(value * 8) && scaled - down === 0.5 ? (down + (down % 2)) / 10 ** digits : value).toFixed(digits);
};

/** The number to so many significant digits. */
export const significant = (value, digits) =>
  value ? Number(fixed(value, Math.min(20, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))))))) : 0;

/** Per second, to four digits: 31.7, 638.2, 3,270. */
export const rate = (value) => (value >= 1000 ? grouped(fixed(value, 0)) : String(significant(value, 4)));

/** 51 ms, 1.23 s, 0.62 ms, with a space that does not break. */
export const duration = (seconds) => {
  if (seconds < 0.00095) return `${significant(seconds * 1000, 2)}\u00a0ms`;
  return seconds < 0.9995 ? `${fixed(seconds * 1000, 0)}\u00a0ms` : `${fixed(seconds, 2)}\u00a0s`;
};
