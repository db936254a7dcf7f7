"""Where we are sure that the reference decoder is wrong: what we read instead, by case and value.

Each is argued in the protocol's page under "Where we read otherwise". A case passes by this table only while our
reading is exactly the one written here. A reading that holds more than a value stands as its SHA-256: real frames have
real numbers in them, and those do not belong here.
"""

OTHERWISE: dict[str, dict[str, str]] = {
    # The short heartbeat of SEEWORLD has the fields of the long one; the reference shifts them by two bytes.
    "gt06-0009": {"0.alarm": "None", "0.batteryLevel": "100", "0.rssi": "100"},
    # The cell number has four bytes here; with eight, all that follows is shifted.
    "gt06-0021": {"0.charge": "True", "0.rssi": "4"},
    # The time is binary: 0x0c is no pair of decimals.
    "gt06-0061": {"0.deviceTime": "2020-12-11T10:38:42.000Z"},
    # A network code of two bytes, as the corpus notes itself.
    "gt06-0088": {"0.alarm": "powerOff", "0.batteryLevel": "83", "0.rssi": "4"},
    "alarm-gt06-049": {"0.batteryLevel": "83", "0.rssi": "4"},
    # Two clocks in one frame: when it was sent, and when the place was taken.
    "gt06-0175": {"0.deviceTime": "2026-04-23T20:51:16.000Z"},
    # The reference takes the interval for the first of the three flags behind it.
    "trv-0014": {"0.charge": "False"},
    # Access points whose signal is written with its sign.
    "trv-0028": {
        "0.network.wifi": "['24:4e:5d:71:c3:9c', '44:d4:f7:77:9c:7c', '80:b4:f7:77:9c:7c', 'dc:39:8f:7e:94:73']"
    },
    # A crash and a power cut of a unit whose model nobody registered: raised rather than dropped.
    "teltonika-0008": {"0.alarm": "accident", "1.alarm": "accident", "3.alarm": "powerCut"},
    # Without a date there is no instant.
    "xexun-0001": {"0.deviceTime": "None"},
    # What stands before and behind the sentence (serial, voltage, cell) stays with it.
    "xexun-0034": {"frames": "sha256 c42b6a2e4399a47b5d040150df764afd7531621ac80b817d3a0db47caeacfba4"},
    "xexun-0035": {"frames": "sha256 1984a150ded26313be4601813aadb165516853e30eb7e54b4aab934b4827500a"},
    # The cell itself stands before its neighbours, which have physical numbers only.
    "eelink-0002": {"0.network.cells": "[(505, 1, 12366, 135805197)]"},
    # The identity ends where the command begins; then the date is of the old form.
    "tk103-0018": {
        "identity": "sha256 bdf6a02204ecf1e0ea4e2767445efa35d5614146d325432177dc963cc2992857",
        "0.deviceTime": "2017-03-04T09:44:55.000Z",
        "0.fixTime": "2017-03-04T09:44:55.000Z",
    },
    # A month 0 or 18 is no month.
    "tk103-0030": {"0.deviceTime": "None"},
    "tk103-0031": {"0.deviceTime": "None", "0.fixTime": "None"},
    "alarm-tk103-018": {"0.deviceTime": "None"},
    # A parenthesis is no digit.
    "tk103-0041": {"identity": "sha256 dd02c2aaba56f827c0178ec965dbecd949d4a7e65a39a3f24bd578ec904c6be2"},
    # An item of one byte holds no access point.
    "jt808-0007": {"0.network.wifi": "[]"},
    # The item is the maker's name, not a charge.
    "jt808-0014": {"0.battery": "None", "0.batteryLevel": "None"},
    # The item is one byte long and ends before what is read as a voltage.
    "jt808-0054": {"0.battery": "None"},
    # Eighteen bytes that are items, read as the other form.
    "jt808-0091": {"0.battery": "None", "0.odometer": "1800"},
    # The message of a safe zone is a fence.
    "gl100-0010": {"0.alarm": "geofence"},
    # Two places in one message.
    "gl100-0013": {"reports": "2"},
    # Four places in one message.
    "v680-0016": {"reports": "4"},
    # No place is no reason to pass over what the device says.
    "megastek-0019": {"reports": "1"},
    # Answered once, and in full.
    "t800x-0009": {"reply": "sha256 3923b1d29ec7bbe82ea9821ca53f594088c3467210f04a1c11546617127bcbee"},
    # The same.
    "t800x-0013": {"reply": "sha256 66c7ee07297ed135b22d2228d2fe80f181d0b63f72f0178192e667c458016b7d"},
    # The device writes 020408 for country 204, network 08.
    "laipac-0017": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "laipac-0021": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "laipac-0022": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "laipac-0023": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "laipac-0024": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "laipac-0029": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    "laipac-0030": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    "laipac-0031": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    "laipac-0032": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    "laipac-0033": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    "alarm-laipac-001": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "alarm-laipac-002": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "alarm-laipac-003": {"0.network.cells": "[(204, 8, 3450, 47379)]"},
    "alarm-laipac-005": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    "alarm-laipac-007": {"0.network.cells": "[(206, 10, 16100, 42519)]"},
    # Event 90 is an alarm in binary too.
    "meitrack-0017": {"0.alarm": "hardCornering"},
    # The place stands in the frame. The level of AdBlue is of no use to us.
    "gl200-0018": {
        "expect.adBlueLevel": "None",
        "0.place": "sha256 6264a9c21f8a82805e6963fa6f9d266c5bed75ce67e9321197ca244bb8b72fed",
    },
    # The identity stands in front in the older form.
    "gl200-0096": {"identity": "sha256 8a8beba068a5ec32ee95c018f0b7981bb1060daadb30628d9c0629380ff9f0e5"},
    "gl200-0157": {"identity": "sha256 bbc6e5853d731a357bbdc569d4e9f0646e6662c2996e37de67f2fbdb0c2c1cf4"},
    # Seven cells, the seventh is the one in use.
    "gl200-0111": {"0.network.cells": "sha256 062099a8886975576b4023ecb73c11d993fa770d1844151c23f3844d047e79e7"},
    "gl200-0112": {"0.network.cells": "sha256 ab6e2c60afcdaf72bc0c5cb6c9c43eb95265c59bef264dffc43d43ea16802811"},
    "gl200-0113": {"0.network.cells": "sha256 0ec31d7d2d2a55d87192d77f302e710d6bd64a5022d05c7f1f55f69f771fc9dd"},
    # Two decimals of the IMEI in each byte, or a name.
    "gl200-0193": {"identity": "sha256 3ff365be72087ab0ec52982497c04f2a38b6d68a218eedf0a983aafcce6a8e4c"},
    "gl200-0195": {"identity": "gb100-Do"},
    "gl200-0196": {"identity": "sha256 3ff365be72087ab0ec52982497c04f2a38b6d68a218eedf0a983aafcce6a8e4c"},
    "gl200-0197": {"identity": "gb100"},
    "gl200-0198": {"identity": "sha256 3ff365be72087ab0ec52982497c04f2a38b6d68a218eedf0a983aafcce6a8e4c"},
    # Two places in one message.
    "alarm-gl200-004": {"reports": "2"},
}
