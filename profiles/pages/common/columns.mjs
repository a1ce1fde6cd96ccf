// Columns of integers as the program packs them (profiles/views/html/packed_columns.h): a letter, then Base64
// of zigzag-coded numbers in groups of seven bits.

/** The numbers of a packed column; exact up to 2^53. */
export function unpack(text) {
  const bytes = atob(text.slice(1));
  const isDelta = text[0] === 'd';
  let count = 0;
  for (let i = 0; i < bytes.length; ++i) {
    if (bytes.charCodeAt(i) < 128) ++count;
  }
  const column = new Float64Array(count);
  let last = 0;
  let at = 0;
  for (let i = 0; i < count; ++i) {
    let byte = bytes.charCodeAt(at++);
    let number = byte & 127;
    // Shifts would cut numbers beyond 32 bits.
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = bytes.charCodeAt(at++);
      number += (byte & 127) * scale;
    }
    const value = number % 2 === 1 ? -(number + 1) / 2 : number / 2;
    last = isDelta ? last + value : value;
    column[i] = last;
  }
  return column;
}

/** Every packed member of an object, under its name; other members are left out. */
export function unpackAll(columns) {
  const unpacked = {};
  for (const [name, text] of Object.entries(columns)) {
    if (typeof text === 'string') unpacked[name] = unpack(text);
  }
  return unpacked;
}

/** First index of an ascending array whose value is above `limit`; the length when none is. */
export function upperBound(ascending, limit) {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
