// Drawing of the network: what is in view, in as much detail as the scale leaves room for.

import { inkOn } from '../common/colours.mjs';
import { kNode } from './layers.mjs';

const kFadedNode = 0.38;
const kStepsOfRamp = 64;
// From nothing to most, on light and on dark pages.
const kRamps = {
  light: ['#eef1f5', '#fee3b6', '#fdb366', '#ec6f3b', '#a92212', '#5f0808'],
  dark: ['#2a313b', '#54392c', '#94512b', '#d9712f', '#f9a94f', '#ffe3b0'],
};

const channels = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** Colours of shares of the most, from 0 to 1, for the page's theme. */
export function timeRamp(isDark) {
  const stops = kRamps[isDark ? 'dark' : 'light'].map(channels);
  const colours = Array.from({ length: kStepsOfRamp }, (_, i) => {
    const at = (i / (kStepsOfRamp - 1)) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    const mixed = stops[low].map((value, c) => value + (at - low) * (stops[low + 1][c] - value));
    return `#${mixed.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
  });
  // Roots, since one operator in a hundred takes most of the time.
  return (share) => colours[Math.round(Math.sqrt(Math.max(0, Math.min(1, share))) * (kStepsOfRamp - 1))];
}

/** Whether a box of the picture meets the part in view. */
function isInView(view, x, y, width, height) {
  return x + width >= view.x && x <= view.x + view.width && y + height >= view.y && y <= view.y + view.height;
}

function drawBoxes(context, boxes, view, theme, scale) {
  for (const box of boxes) {
    if (!isInView(view, box.x, box.y, box.width, box.height)) continue;
    context.fillStyle = theme.sunken;
    context.strokeStyle = theme.line;
    context.lineWidth = 1 / scale;
    context.beginPath();
    context.roundRect(box.x, box.y, box.width, box.height, 9);
    context.fill();
    context.stroke();
    if (scale * 11 < 6) continue;
    context.fillStyle = theme.dim;
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'bottom';
    context.fillText(box.text, box.x + 6, box.y - 2, box.width - 8);
  }
}

// One edge: a curve within a line; to another line along the margins, so that it crosses nothing.
function edgePath(context, layout, from, to) {
  const x0 = layout.x[from] + kNode.width;
  const y0 = layout.y[from] + kNode.height / 2;
  const x1 = layout.x[to];
  const y1 = layout.y[to] + kNode.height / 2;
  context.moveTo(x0, y0);
  if (layout.line[from] === layout.line[to]) {
    const bend = Math.max(14, (x1 - x0) / 2);
    // What passes over other columns goes around them.
    const isLong = layout.column[to] - layout.column[from] > 1;
    const lift = isLong ? Math.min(26, 8 + (layout.column[to] - layout.column[from]) * 2) : 0;
    context.bezierCurveTo(x0 + bend, y0 - lift, x1 - bend, y1 - lift, x1, y1);
    return;
  }
  const gap = layout.tops[layout.line[to]] - 32;
  context.lineTo(layout.width - 4, y0);
  context.lineTo(layout.width - 4, gap);
  context.lineTo(4, gap);
  context.lineTo(4, y1);
  context.lineTo(x1, y1);
}

function edgeInView(layout, view, from, to) {
  const top = Math.min(layout.y[from], layout.y[to]);
  const height = Math.abs(layout.y[from] - layout.y[to]) + kNode.height;
  const isOneLine = layout.line[from] === layout.line[to];
  const left = isOneLine ? layout.x[from] : 0;
  const width = isOneLine ? layout.x[to] - left + kNode.width : layout.width;
  return isInView(view, left, top, width, height);
}

function drawEdges(context, picture, view, theme, scale) {
  const { graph, layout, chosen } = picture;
  context.strokeStyle = theme.dim;
  context.lineWidth = Math.max(0.8, 0.7 / scale);
  // What goes from line to line is long and says little: fainter.
  for (const isWithin of [true, false]) {
    context.globalAlpha = (chosen < 0 ? 0.6 : 0.3) * (isWithin ? 1 : 0.45);
    context.beginPath();
    for (let edge = 0; edge < graph.from.length; ++edge) {
      const [from, to] = [graph.from[edge], graph.to[edge]];
      if ((layout.line[from] === layout.line[to]) !== isWithin) continue;
      if (from === chosen || to === chosen) continue;
      if (edgeInView(layout, view, from, to)) edgePath(context, layout, from, to);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
  context.strokeStyle = theme.accent;
  context.lineWidth = Math.max(1.6, 1.5 / scale);
  context.beginPath();
  for (let edge = 0; edge < graph.from.length; ++edge) {
    const [from, to] = [graph.from[edge], graph.to[edge]];
    if (from === chosen || to === chosen) edgePath(context, layout, from, to);
  }
  context.stroke();
}

function drawText(context, text, x, y, colour) {
  context.fillStyle = colour;
  let shown = text;
  while (shown.length > 3 && context.measureText(shown).width > kNode.width - 10) {
    shown = `…${shown.slice(shown.startsWith('…') ? 2 : 1)}`;
  }
  context.fillText(shown, x + 6, y);
}

function drawNode(context, picture, node, theme, scale) {
  const { layout, colourOf, textsOf, marks, isRewritten, isAlone, chosen } = picture;
  const [x, y] = [layout.x[node], layout.y[node]];
  const colour = colourOf(node);
  const isMarked = marks === null || marks(node);
  context.globalAlpha = isMarked ? 1 : kFadedNode;
  context.fillStyle = colour ?? theme.panel;
  context.beginPath();
  context.roundRect(x, y, kNode.width, kNode.height, 5);
  context.fill();
  context.lineWidth = Math.max(1, 0.6 / scale);
  context.strokeStyle = theme.line;
  if (isAlone(node)) {
    context.setLineDash([4, 3]);
    context.strokeStyle = theme.text;
  }
  context.stroke();
  context.setLineDash([]);
  if (isRewritten(node)) {
    context.fillStyle = theme.focus;
    context.beginPath();
    context.moveTo(x + kNode.width - 12, y);
    context.lineTo(x + kNode.width, y);
    context.lineTo(x + kNode.width, y + 12);
    context.fill();
  }
  if ((marks !== null && isMarked) || node === chosen) {
    context.strokeStyle = theme.accent;
    context.lineWidth = Math.max(2.5, 2 / scale);
    context.strokeRect(x - 2, y - 2, kNode.width + 4, kNode.height + 4);
  }
  if (scale > 0.42) {
    const ink = colour === null ? theme.text : inkOn(colour);
    const [title, detail] = textsOf(node);
    context.textBaseline = 'middle';
    context.font = '600 11px system-ui, sans-serif';
    drawText(context, title, x, y + (scale > 0.75 ? 10 : kNode.height / 2), ink);
    if (scale > 0.75) {
      context.font = '9.5px system-ui, sans-serif';
      drawText(context, detail, x, y + 22, ink);
    }
  }
  context.globalAlpha = 1;
}

/**
 * Draws a picture {graph, layout, boxes, ...} into a context in CSS pixels. `view` is its left and
 * top corner and its scale; returns how many nodes were drawn.
 */
export function drawNetwork(context, picture, { x, y, scale }, size, theme) {
  const view = { x, y, width: size.width / scale, height: size.height / scale };
  context.save();
  context.scale(scale, scale);
  context.translate(-x, -y);
  drawBoxes(context, picture.boxes, view, theme, scale);
  drawEdges(context, picture, view, theme, scale);
  let drawn = 0;
  const { layout } = picture;
  for (let node = 0; node < picture.graph.count; ++node) {
    if (!isInView(view, layout.x[node], layout.y[node], kNode.width, kNode.height)) continue;
    drawNode(context, picture, node, theme, scale);
    ++drawn;
  }
  context.restore();
  return drawn;
}
