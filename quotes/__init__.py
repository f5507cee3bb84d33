"""Figures that README and docs quote: read from stored results, so that none falls behind them.

`python -m inloop.quotes` (`make quotes`) writes them anew; a test fails where the text says something else. In Markdown
a quoted text stands between two comments, which nobody sees on the page:

    <!--=KEY-->97.48 ± 0.11<!--/-->

KEY has parts with semicolons between them: the source, words that pick a table of it and a row, and a column. A word
picks the rows with a cell that it equals; one that is no cell of a table, the tables with it in their title. The column
`table` quotes the whole table, in a paragraph of its own, `how` the conditions under which it was measured. Words with
` / ` between them are several keys, and quote several texts in the same way:

    <!--=benchmarks; Yin-Yang; in the loop; test, here-->…      a cell of the page of that experiment
    <!--=design; CADC resolution; 3 / 4; test accuracy-->…       two cells
    <!--=probe levels; event; accuracy-->…                       a cell of docs/results/probes/levels.toml
    <!--=compare.csv; table-->…                                  what a benchmark wrote to benchmarks/results
    <!--=program; processor time; hours-->…                      a figure that the program itself says

So what a page of results says and what README quotes of it is the same text. Files:

    markers.py         quoted texts in Markdown          constants.toml   numbers outside of them: what each one is
    sources.py         tables by the name of a source    loose.py         numbers outside of them: found and checked
    program.py         figures of the program            configuration.py the page of all fields of a configuration
    benchmarks.py      tables of benchmarks/results
"""
