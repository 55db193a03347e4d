/** @file Numbers, durations and tables as people read them. */

/** 1234567 -> `1,234,567`. */
export function integer(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Three significant digits, without exponents where they can be avoided; NaN and infinities as words. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
}

/** Four significant digits: 1234567 -> `1235000`, 0.031250 -> `0.03125`; an exponent below 0.0001; NaN and infinities as words. */
export function significant(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(3);
  const rounded = Number(value.toPrecision(4));
  const whole = Math.floor(Math.log10(Math.abs(rounded))) + 1;
  return Number.isInteger(value) ? String(rounded) : rounded.toFixed(Math.max(0, 4 - whole));
}

/** Images in thousands: 25600 -> `25.6 kimg`. */
export function kimg(images: number): string {
  const thousands = images / 1000;
  return `${thousands >= 100 ? integer(thousands) : Number(thousands.toFixed(thousands >= 10 ? 1 : 2))} kimg`;
}

/** `42s`, `3:05`, `2:03:04`; `?` when not known. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** 3145728 -> `3.1 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let [value, unit] = [count / 1000, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(value >= 100 ? 0 : 1)} ${units[unit]}`;
}

const NUMBER = /^(?:[-\d.,]*(?:e[-+]\d+)?|NaN|-?Infinity)$/;

/** Columns padded to the widest cell. A column that holds only numbers is aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const numeric = head.map((_, i) => rows.every((row) => NUMBER.test(row[i] ?? "")));
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

/** Labelled facts, the labels padded to one width. Facts that are undefined are left out. */
export function facts(rows: readonly (readonly [label: string, fact: string | undefined])[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.flatMap(([label, fact]) => (fact === undefined ? [] : [`${label.padEnd(width)}  ${fact}`]));
}
