// Many small pictures in one, for the views of this page that show one at a time; it is sent once for all epochs.
const SHEETS = (window.kernelscopeSheets ??= new Map());
const MOST_SHEETS = 4;

export default function ({ data }) {
  if (SHEETS.has(data.name)) return;
  SHEETS.set(data.name, data);
  while (SHEETS.size > MOST_SHEETS) SHEETS.delete(SHEETS.keys().next().value);
}
