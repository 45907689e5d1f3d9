export default function ({ data }) {
  ROWS.change(data.base, data.changed, data.gone);
}
