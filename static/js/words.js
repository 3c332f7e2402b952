// What scripts say, in the page's language: /words/<language>.js brings the translations, English needs none.
export const gettext = window.gettext ?? ((text) => text);
export const ngettext = window.ngettext ?? ((one, many, count) => (count === 1 ? one : many));

/** filled("%(count)s left", { count: 3 }) */
export const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
