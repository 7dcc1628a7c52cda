"""The converter: makes a page with the rows of a file."""

import csv
from html import escape

from clm import ConversionError, Job, Place, Result, Worker

from clm_plugin_table.plugin import TablePayload

PAGE = '<!DOCTYPE html>\n<meta charset="utf-8">\n<title>{}</title>\n<table>\n{}</table>\n'


class TableWorker(Worker):
    def convert(self, payload: TablePayload, job: Job) -> Result:
        rows = ""
        try:
            with (job.folder / payload.name).open(encoding="utf-8-sig", newline="") as file:
                for number, cells in enumerate(reader := csv.reader(file, strict=True)):
                    kind = "td" if number else "th"
                    row = "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells)
                    rows += f"<tr>{row}</tr>\n"
        except (csv.Error, UnicodeDecodeError) as error:
            place = Place(job.source, reader.line_num or 1)
            raise ConversionError(f"not CSV in UTF-8: {error}", place=place) from error
        return Result({"html": PAGE.format(escape(payload.name), rows).encode()})
