"""The forecasts of lab 20's rows, of 400 simulated runs each. Written by `record.py`."""

from labs.lab20_headroom.forecast import Forecast, Line
from labs.lab20_headroom.queue import Setup

FORECASTS = {
    Setup(
        tokens=5,
        service_s=0.025,
        users=600,
        pause_s=4.2576,
        ramp_s=0.5,
        steady_s=14,
        drawn_with=None,
        waits_from_s=0.0025,
    ): Forecast(
        service_s=0.025,
        wait=Line(middle=0.6992, at=-2.0579, slope=7.6548, spread=0.1402, machine=(1.2, 1.6)),
        share=Line(middle=0.6992, at=-1.2432, slope=5.3181, spread=0.0688, machine=(1.1, 1.1)),
    ),
    Setup(
        tokens=5,
        service_s=0.025,
        users=600,
        pause_s=3.4935,
        ramp_s=0.5,
        steady_s=22,
        drawn_with=None,
        waits_from_s=0.0025,
    ): Forecast(
        service_s=0.025,
        wait=Line(middle=0.849, at=-0.8804, slope=8.4126, spread=0.1252, machine=(1.2, 1.6)),
        share=Line(middle=0.849, at=-0.5678, slope=4.1023, spread=0.0303, machine=(1.1, 1.1)),
    ),
    Setup(
        tokens=5,
        service_s=0.025,
        users=600,
        pause_s=4.2544,
        ramp_s=0.5,
        steady_s=14,
        drawn_with=20,
        waits_from_s=0.0025,
    ): Forecast(
        service_s=0.024811,
        wait=Line(middle=0.6934, at=-1.6218, slope=8.4126, spread=0.1486, machine=(1.2, 1.6)),
        share=Line(middle=0.6934, at=-1.1878, slope=5.6384, spread=0.067, machine=(1.1, 1.1)),
    ),
    Setup(
        tokens=5,
        service_s=0.025,
        users=600,
        pause_s=3.4826,
        ramp_s=0.5,
        steady_s=22,
        drawn_with=20,
        waits_from_s=0.0025,
    ): Forecast(
        service_s=0.025127,
        wait=Line(middle=0.8537, at=-0.2735, slope=7.3289, spread=0.1406, machine=(1.2, 1.6)),
        share=Line(middle=0.8537, at=-0.4984, slope=3.4078, spread=0.0261, machine=(1.1, 1.1)),
    ),
    Setup(
        tokens=40,
        service_s=0.2,
        users=600,
        pause_s=3.3255,
        ramp_s=0.5,
        steady_s=16,
        drawn_with=None,
        waits_from_s=0.0025,
    ): Forecast(
        service_s=0.2,
        wait=Line(middle=0.849, at=-4.1006, slope=17.4791, spread=0.3374, machine=(1.2, 1.6)),
        share=Line(middle=0.849, at=-1.7829, slope=13.2876, spread=0.1869, machine=(1.1, 1.1)),
    ),
}
