// Rectangles as pixels: a map of many thousand commands is wider than any screen, and drawing each
// of them would take the time of many frames.

/** What a pixel of the map may hold, as bits. */
export const kHeld = 1;
export const kRead = 2;
export const kWritten = 4;

/**
 * The map as one byte per pixel. Rectangles of any number cost what they cover and no more: a place
 * that was drawn in a column is not drawn there again.
 */
export class Raster {
  constructor(width, height, size, view) {
    this.width = width;
    this.height = height;
    this.view = view;
    this.down = height / size;
    this.across = width / (view.to - view.from);
    this.pixels = new Uint8Array(width * height);
  }

  /** Begins another kind of rectangles, in places numbered from 0 to `places`. */
  begin(places) {
    this.last = new Int32Array(places).fill(-1); // per place: the last column it was drawn in
  }

  /** Marks [address, address + bytes) from `from` to `until`; `place` numbers the range. */
  add(from, until, address, bytes, bit, place) {
    const x0 = Math.max(0, Math.floor((from - this.view.from) * this.across));
    const x1 = Math.min(
      this.width,
      Math.max(x0 + 1, Math.round((until - this.view.from) * this.across)),
    );
    if (x1 === x0 + 1) {
      if (this.last[place] === x0) return;
      this.last[place] = x0;
    }
    const y0 = Math.floor(address * this.down);
    const y1 = Math.min(this.height, Math.max(y0 + 1, Math.round((address + bytes) * this.down)));
    for (let y = y0; y < y1; ++y) {
      const row = y * this.width;
      for (let x = row + x0; x < row + x1; ++x) this.pixels[x] |= bit;
    }
  }

  /** Colours for the pixels; where something is both read and written the two alternate. */
  paint(data, colours) {
    const target = new Uint32Array(data.data.buffer);
    for (let i = 0; i < target.length; ++i) {
      const bits = this.pixels[i];
      if (bits === 0) continue;
      const isBoth = (bits & kRead) !== 0 && (bits & kWritten) !== 0;
      const isOdd = ((i + Math.floor(i / this.width)) & 1) === 1;
      target[i] = isBoth
        ? isOdd
          ? colours.read
          : colours.write
        : (bits & kWritten) !== 0
          ? colours.write
          : (bits & kRead) !== 0
            ? colours.read
            : colours.held;
    }
  }
}

/** A colour "#rrggbb" as a pixel of an image, little endian, with an opacity from 0 to 1. */
export function pixelOf(colour, opacity) {
  const value = Number.parseInt(colour.slice(1), 16);
  return (
    ((Math.round(opacity * 255) << 24) |
      ((value & 255) << 16) |
      (value & 0xff00) |
      (value >> 16)) >>>
    0
  );
}
