"""English names of cities and countries that Chinese scans mention most, for the English sentences."""

from functools import lru_cache

_NAMES = """
北京 Beijing; 上海 Shanghai; 天津 Tianjin; 重庆 Chongqing; 河北 Hebei; 山西 Shanxi; 辽宁 Liaoning; 吉林 Jilin;
黑龙江 Heilongjiang; 江苏 Jiangsu; 浙江 Zhejiang; 安徽 Anhui; 福建 Fujian; 江西 Jiangxi; 山东 Shandong; 河南 Henan;
湖北 Hubei; 湖南 Hunan; 广东 Guangdong; 海南 Hainan; 四川 Sichuan; 贵州 Guizhou; 云南 Yunnan; 陕西 Shaanxi; 甘肃 Gansu;
青海 Qinghai; 台湾 Taiwan; 内蒙古 Inner Mongolia; 广西 Guangxi; 西藏 Tibet; 宁夏 Ningxia; 新疆 Xinjiang; 香港 Hong Kong;
澳门 Macau; 石家庄 Shijiazhuang; 唐山 Tangshan; 邯郸 Handan; 保定 Baoding; 张家口 Zhangjiakou; 沧州 Cangzhou;
廊坊 Langfang; 太原 Taiyuan; 大同 Datong; 呼和浩特 Hohhot; 包头 Baotou; 沈阳 Shenyang; 大连 Dalian; 鞍山 Anshan;
长春 Changchun; 哈尔滨 Harbin; 大庆 Daqing; 南京 Nanjing; 无锡 Wuxi; 徐州 Xuzhou; 常州 Changzhou; 苏州 Suzhou;
南通 Nantong; 连云港 Lianyungang; 淮安 Huai'an; 盐城 Yancheng; 扬州 Yangzhou; 镇江 Zhenjiang; 泰州 Taizhou;
昆山 Kunshan; 杭州 Hangzhou; 宁波 Ningbo; 温州 Wenzhou; 嘉兴 Jiaxing; 湖州 Huzhou; 绍兴 Shaoxing; 金华 Jinhua;
义乌 Yiwu; 台州 Taizhou; 丽水 Lishui; 合肥 Hefei; 芜湖 Wuhu; 福州 Fuzhou; 厦门 Xiamen; 泉州 Quanzhou; 莆田 Putian;
漳州 Zhangzhou; 南昌 Nanchang; 九江 Jiujiang; 赣州 Ganzhou; 济南 Jinan; 青岛 Qingdao; 淄博 Zibo; 烟台 Yantai;
潍坊 Weifang; 临沂 Linyi; 威海 Weihai; 郑州 Zhengzhou; 开封 Kaifeng; 洛阳 Luoyang; 武汉 Wuhan; 宜昌 Yichang;
襄阳 Xiangyang; 长沙 Changsha; 株洲 Zhuzhou; 衡阳 Hengyang; 岳阳 Yueyang; 广州 Guangzhou; 深圳 Shenzhen; 珠海 Zhuhai;
汕头 Shantou; 佛山 Foshan; 江门 Jiangmen; 湛江 Zhanjiang; 惠州 Huizhou; 东莞 Dongguan; 中山 Zhongshan; 南宁 Nanning;
柳州 Liuzhou; 桂林 Guilin; 海口 Haikou; 三亚 Sanya; 成都 Chengdu; 绵阳 Mianyang; 贵阳 Guiyang; 遵义 Zunyi;
昆明 Kunming; 大理 Dali; 拉萨 Lhasa; 西安 Xi'an; 咸阳 Xianyang; 兰州 Lanzhou; 西宁 Xining; 银川 Yinchuan;
乌鲁木齐 Urumqi; 台北 Taipei; 高雄 Kaohsiung;
美国 the United States; 英国 the United Kingdom; 法国 France; 德国 Germany; 意大利 Italy; 西班牙 Spain; 葡萄牙 Portugal;
荷兰 the Netherlands; 比利时 Belgium; 瑞士 Switzerland; 瑞典 Sweden; 挪威 Norway; 芬兰 Finland; 丹麦 Denmark;
波兰 Poland; 捷克 Czechia; 奥地利 Austria; 匈牙利 Hungary; 希腊 Greece; 俄罗斯 Russia; 乌克兰 Ukraine; 土耳其 Turkey;
日本 Japan; 韩国 South Korea; 新加坡 Singapore; 马来西亚 Malaysia; 泰国 Thailand; 越南 Vietnam; 菲律宾 the Philippines;
印度尼西亚 Indonesia; 印度 India; 澳大利亚 Australia; 新西兰 New Zealand; 加拿大 Canada; 墨西哥 Mexico; 巴西 Brazil;
智利 Chile; 南非 South Africa; 埃及 Egypt; 沙特阿拉伯 Saudi Arabia; 阿联酋 the United Arab Emirates; 以色列 Israel;
爱尔兰 Ireland; 哈萨克斯坦 Kazakhstan; 纽约 New York; 洛杉矶 Los Angeles; 芝加哥 Chicago; 旧金山 San Francisco;
西雅图 Seattle; 达拉斯 Dallas; 亚特兰大 Atlanta; 迈阿密 Miami; 孟菲斯 Memphis; 安克雷奇 Anchorage; 奥斯汀 Austin;
多伦多 Toronto; 温哥华 Vancouver; 伦敦 London; 曼彻斯特 Manchester; 巴黎 Paris; 柏林 Berlin; 法兰克福 Frankfurt;
慕尼黑 Munich; 汉堡 Hamburg; 科隆 Cologne; 莱比锡 Leipzig; 阿姆斯特丹 Amsterdam; 布鲁塞尔 Brussels; 列日 Liège;
苏黎世 Zurich; 维也纳 Vienna; 布拉格 Prague; 布达佩斯 Budapest; 华沙 Warsaw; 马德里 Madrid; 巴塞罗那 Barcelona;
里斯本 Lisbon; 罗马 Rome; 米兰 Milan; 雅典 Athens; 哥本哈根 Copenhagen; 斯德哥尔摩 Stockholm; 奥斯陆 Oslo;
赫尔辛基 Helsinki; 都柏林 Dublin; 莫斯科 Moscow; 伊斯坦布尔 Istanbul; 迪拜 Dubai; 利雅得 Riyadh; 特拉维夫 Tel Aviv;
开罗 Cairo; 约翰内斯堡 Johannesburg; 东京 Tokyo; 大阪 Osaka; 首尔 Seoul; 仁川 Incheon; 曼谷 Bangkok;
吉隆坡 Kuala Lumpur;
雅加达 Jakarta; 马尼拉 Manila; 河内 Hanoi; 胡志明市 Ho Chi Minh City; 新德里 New Delhi; 孟买 Mumbai; 悉尼 Sydney;
墨尔本 Melbourne; 布里斯班 Brisbane; 奥克兰 Auckland; 圣保罗 São Paulo; 墨西哥城 Mexico City
"""
CITIES: dict[str, str] = {
    name: english for entry in _NAMES.split(";") for name, english in [entry.strip().split(" ", maxsplit=1)]
}
_LONGEST = max(map(len, CITIES))


@lru_cache(maxsize=16384)
def english_place(name: str) -> str:
    """杭州市 -> Hangzhou; 杭州萧山集散中心 -> Hangzhou (杭州萧山集散中心); what is not known stays as it is."""
    found = _leading_city(name)
    if not found:
        return name
    rest = name[len(found) :]
    inner = _leading_city(rest.removeprefix("省"))
    city = inner or found
    if rest.removeprefix("省").removeprefix(inner) in ("", "市", "省"):
        return CITIES[city]
    return f"{CITIES[city]} ({name})"


def _leading_city(name: str) -> str:
    for length in range(_LONGEST, 1, -1):
        if name[:length] in CITIES:
            return name[:length]
    return ""
