// Numbers as people read them: counts, sizes, rates and durations.

const COUNT = new Intl.NumberFormat('en-GB');
const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

export function count(n: number): string {
  return COUNT.format(n);
}

/** `1 file`, `2 files`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function size(bytes: number): string {
  const [amount, unit] = scaled(bytes);
  return `${amount} ${unit}`;
}

/** `6.4 of 10.2 GB`: the unit once, that of the whole. */
export function sizeOf(bytes: number, whole: number): string {
  const [amount, unit] = scaled(whole);
  const divisor = unit === 'bytes' ? 1 : 1000 ** (UNITS.indexOf(unit) + 1);
  return `${rounded(bytes / divisor)} of ${amount} ${unit}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function scaled(bytes: number): [string, string] {
  if (bytes < 1000) return [count(bytes), 'bytes'];
  let amount = bytes;
  let unit = 'bytes';
  for (const larger of UNITS) {
    if (amount < 999.5) break; // 999.6 kB would be written 1,000 kB
    amount /= 1000;
    unit = larger;
  }
  return [rounded(amount), unit];
}

function rounded(amount: number): string {
  return amount < 100 ? amount.toFixed(1).replace(/\.0$/, '') : count(Math.round(amount));
}
