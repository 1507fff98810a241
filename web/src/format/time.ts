// Moments as people read them, in the reader's own time zone; UTC is kept for the title.

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const SHORT_DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `12 May 2026` */
export function day(iso: string): string {
  return written(iso, (date) => DAY.format(date));
}

/** `12 May 2026`, with the month in three letters */
export function shortDay(iso: string): string {
  return written(iso, (date) => SHORT_DAY.format(date));
}

/** `14:03` */
export function clock(iso: string): string {
  return written(iso, (date) => CLOCK.format(date));
}

/** `12 May 2026, 14:03` */
export function moment(iso: string): string {
  return written(iso, (date) => `${DAY.format(date)}, ${CLOCK.format(date)}`);
}

/** `12 May 2026, 14:03`, with the month in three letters */
export function shortMoment(iso: string): string {
  return written(iso, (date) => `${SHORT_DAY.format(date)}, ${CLOCK.format(date)}`);
}

/** `12 May 2026, 14:03:07` */
export function instant(iso: string): string {
  return written(iso, (date) => `${DAY.format(date)}, ${SECONDS.format(date)}`);
}

/** `2026-05-12 12:03:07 UTC` */
export function utc(iso: string): string {
  return written(iso, (date) =>
    date
      .toISOString()
      .replace('T', ' ')
      .replace(/(\.\d+)?Z$/, ' UTC'),
  );
}

/** `8 s ago`; a clock that runs behind the server's says `just now`. */
export function ago(iso: string, nowMs: number): string {
  const seconds = Math.floor((nowMs - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return iso;
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return day(iso);
}

/** What is not a time is shown as it came, rather than as `Invalid Date`. */
function written(iso: string, write: (date: Date) => string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : write(date);
}
