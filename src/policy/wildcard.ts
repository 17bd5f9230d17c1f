/** Whether `text` is as `pattern` says, where `*` stands for any run of characters. Linear in practice, never exponential. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      starAt = p++;
      resumeAt = t;
    } else if (pattern[p] === text[t]) {
      p++;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether some text is as both patterns say. */
export function wildcardsMeet(a: string, b: string): boolean {
  // Row by row over the positions of `a`: whether the rests of both from there can be the same text.
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j--) {
      const [left, right] = [a[i], b[j]];
      if (left === undefined && right === undefined) row[j] = true;
      else if (left === "*") row[j] = below[j] === true || (right !== undefined && row[j + 1] === true);
      else if (right === "*") row[j] = row[j + 1] === true || (left !== undefined && below[j] === true);
      else row[j] = left !== undefined && left === right && below[j + 1] === true;
    }
    below = row;
  }
  return below[0] === true;
}
