"""Published experiments, run on the chip model: `inloop reproduce NAME`.

To add one, write a file with a constant `EXPERIMENT` (see `experiment.py` for the four functions and constants that
it is made of, `benchmarks.py` for an example), and add it to `registry.py`. In short:

    def trials(settings):           which independent pieces of work there are: `Trial(name, parameters)`
    def run(parameters, folder):    does one of them in its own process, returns rows of numbers; `folder` is scratch
    def parts(rows):                turns the rows of all finished trials into tables and figures

    EXPERIMENT = Experiment("name", "Title", "source", "what is asked and shown", "cost", trials, run, parts)

Rows and parameters are flat dicts of numbers and strings; `parts` gets each row merged into the parameters of its
trial. Everything random comes from seeds among the parameters, so that a trial can be repeated alone. `trained.py`
trains a preset with changes, and goes on where an interrupted trial stopped. Files:

    experiment.py    what an experiment is            runner.py    trials in parallel processes
    registry.py      the experiments by name          report.py    tables and figures to Markdown and HTML
    store.py         results on disk                  commands.py  what the two commands do
    statistics.py    mean ± std of rows               trained.py   one training as a trial
    provenance.py    which program made a result
"""
