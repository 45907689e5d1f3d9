export default function ({ data }) {
  ROWS.lay(data.base, data.rows);
}
