// The large picture: the frame, and on it a box and a word for each face, and where the network looked.
import { inverted } from './alignment.mjs';

export class Stage {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
  }

  /** Draws a frame, which is a canvas, with its faces: each with its verdict, and a picture of its map where one is to be seen. */
  show(frame, faces, mirror) {
    const { canvas, context } = this;
    if (canvas.width !== frame.width || canvas.height !== frame.height) {
      Object.assign(canvas, { width: frame.width, height: frame.height });
    }
    context.save();
    if (mirror) context.transform(-1, 0, 0, 1, canvas.width, 0);
    context.drawImage(frame, 0, 0);
    for (const face of faces) if (face.map) this.#layMap(face);
    context.restore();
    for (const face of faces) this.#label(face, mirror);
  }

  /** The map lies on the face as the network saw it: turned and scaled back from the 48x48 frame. */
  #layMap(face) {
    const [a, b, x, c, d, y] = inverted(face.matrix);
    const { context } = this;
    context.save();
    // The transform takes middles of pixels to each other; a canvas counts from their corners.
    context.transform(a, c, b, d, x + 0.5, y + 0.5);
    context.drawImage(face.map, -0.5, -0.5);
    context.restore();
  }

  #label(face, mirror) {
    const { canvas, context } = this;
    const { shown, share, sure, colour } = face.verdict;
    const [x, y, width, height] = face.box;
    const left = mirror ? canvas.width - x - width : x;
    // On a light rim, a colour is seen on any background.
    for (const [wide, tone] of [[7, 'rgba(255, 255, 255, 0.6)'], [4, colour]]) {
      Object.assign(context, { lineWidth: wide, strokeStyle: tone });
      context.setLineDash(sure || tone !== colour ? [] : [10, 8]);
      context.strokeRect(left, y, width, height);
    }
    context.setLineDash([]);
    const text = `${face.number}  ${shown}${sure ? '' : '?'} ${Math.round(100 * share)}%`;
    context.font = '600 20px "Source Sans", sans-serif';
    const wide = context.measureText(text).width + 34;
    const corner = Math.min(Math.max(left - 2, 0), Math.max(canvas.width - wide, 0));
    const top = y > 32 ? y - 32 : Math.min(y + height, canvas.height - 30);
    context.fillStyle = 'rgba(0, 0, 0, 0.74)';
    context.fillRect(corner, top, wide, 30);
    context.fillStyle = colour;
    context.fillRect(corner + 8, top + 9, 12, 12);
    context.fillStyle = '#fff';
    context.fillText(text, corner + 26, top + 22);
  }
}
