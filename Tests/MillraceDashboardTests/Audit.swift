#if Workflow
  /// What a page must have for everybody to use it, as far as a script can tell.
  enum Audit {
    /// Gives complaints: controls without a name, fields without a label, pictures without a text, ids that stand twice, text whose contrast with its ground is less than 4.5.
    static let script = #"""
      const complaints = [];
      const isSeen = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      const show = element => element.outerHTML.replace(/\s+/g, ' ').slice(0, 140);
      const textOf = ids => ids.split(/\s+/).map(id => document.getElementById(id)?.textContent ?? '').join(' ').trim();
      const nameOf = element => element.getAttribute('aria-label')?.trim()
        || (element.hasAttribute('aria-labelledby') ? textOf(element.getAttribute('aria-labelledby')) : '')
        || [...(element.labels ?? [])].map(label => label.textContent.trim()).join(' ')
        || (element.matches('input, select, textarea') ? '' : element.textContent.trim()) || element.getAttribute('title') || '';

      for (const element of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"], [role=button], [role=img], [role=meter], dialog[open], nav')) {
        if (isSeen(element) && nameOf(element) === '') complaints.push(`no name: ${show(element)}`);
      }
      for (const element of document.querySelectorAll('img:not([alt]), svg:not([aria-hidden=true]):not([aria-label])')) {
        complaints.push(`a picture without a text: ${show(element)}`);
      }
      for (const table of document.querySelectorAll('table')) {
        if (!table.querySelector('caption') && !table.closest('details, section')) complaints.push(`a table without a caption: ${show(table)}`);
        if (!table.querySelector('th[scope]')) complaints.push(`a table without heads: ${show(table)}`);
      }
      const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
      for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) complaints.push(`id ${id} stands twice`);
      for (const [selector, count] of [['main', 1], ['header', 1], ['h1', 1], ['html[lang]', 1], ['[aria-live=polite][role=status]', 1]]) {
        if (document.querySelectorAll(selector).length < count) complaints.push(`there is no ${selector}`);
      }
      const levels = [...document.querySelectorAll('main :is(h1, h2, h3)')].filter(isSeen).map(heading => Number(heading.tagName[1]));
      levels.forEach((level, index) => {
        if (level > (index === 0 ? 1 : levels[index - 1] + 1)) complaints.push(`a heading of level ${level} after ${levels[index - 1] ?? 'nothing'}`);
      });

      const parse = text => {
        const numbers = (text.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
        const [r, g, b, a = 1] = text.startsWith('color(') ? [...numbers.slice(0, 3).map(one => one * 255), numbers[3] ?? 1] : numbers;
        return { r, g, b, a };
      };
      const over = (top, ground) => ({
        r: top.r * top.a + ground.r * (1 - top.a), g: top.g * top.a + ground.g * (1 - top.a), b: top.b * top.a + ground.b * (1 - top.a), a: 1,
      });
      const groundOf = element => {
        if (!element) return { r: 255, g: 255, b: 255, a: 1 };
        const shape = element instanceof SVGElement ? element.closest('.node')?.querySelector('.shape:not(.behind)') : null;
        if (shape) return parse(getComputedStyle(shape).fill);
        const own = parse(getComputedStyle(element).backgroundColor);
        return own.a === 1 ? own : over(own, groundOf(element.parentElement));
      };
      const brightness = ({ r, g, b }) => {
        const [x, y, z] = [r, g, b].map(one => one / 255).map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const texts = document.createTreeWalker(document.querySelector('dialog[open]') ?? document.body, NodeFilter.SHOW_TEXT);
      const told = new Set();
      while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (texts.currentNode.data.trim() === '' || !isSeen(element) || element.closest('.unseen, .skip, noscript, [disabled], option, title')) continue;
        const style = getComputedStyle(element);
        const ground = groundOf(element);
        const color = over(parse(element instanceof SVGElement ? style.fill : style.color), ground);
        const [light, dark] = [brightness(color), brightness(ground)].sort((a, b) => b - a);
        const contrast = (light + 0.05) / (dark + 0.05);
        const key = `${style.color} ${style.fill} ${JSON.stringify(ground)}`;
        if (contrast < 4.5 && !told.has(key)) {
          told.add(key);
          complaints.push(`contrast ${contrast.toFixed(2)}: ${show(element)}`);
        }
      }
      return complaints;
      """#
  }
#endif
